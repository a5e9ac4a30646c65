/** @file CRC-32 as zip archives and gzip store it for each file. */

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/**
 * The checksum of some bytes, a whole number below 2³². Source: ISO 3309, the reflected polynomial EDB88320.
 *
 * @param before checksum of the bytes that came before these
 */
export function crc32(bytes: Uint8Array, before = 0): number {
  let crc = ~before;
  for (let i = 0; i < bytes.length; i++) crc = TABLE[(crc ^ bytes[i]) & 255] ^ (crc >>> 8);
  return ~crc >>> 0;
}

/**
 * Checksum of bytes a followed by bytes b, from the checksum of each.
 *
 * A checksum is a polynomial over GF(2), so zeros behind a multiply a's by x^(8 · length of b) modulo the polynomial.
 */
export function joinCrc32(a: number, b: number, lengthOfB: number): number {
  let shift = 1 << 31;
  let square = 1 << 23; // x^8
  for (let left = lengthOfB; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) shift = multiply(shift, square);
    square = multiply(square, square);
  }
  return (multiply(a, shift) ^ b) >>> 0;
}

/** Product of two reflected polynomials (x^0 is the highest bit) modulo the CRC's. */
function multiply(a: number, b: number): number {
  let product = 0;
  let power = b;
  for (let bit = 31; bit >= 0; bit--) {
    if ((a >>> bit) & 1) product ^= power;
    power = power & 1 ? (power >>> 1) ^ 0xedb88320 : power >>> 1;
  }
  return product;
}
