"""PyTorch baseline of bench/engine for scDFM's PAD-lite step, measured a segment at a time; usage and answers as in worker.py.

KIND scdfm-pad (steps/s). The same network as ours, written plainly: gene encoder once per step with an additive mask, two
scaled_dot_product_attention calls per differential block (with the same mask where the config says `masked`), MMD of four widths
on predicted ends, fused Adam, clipping at 1.
"""

import json
import math
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

with open(sys.argv[2]) as file:
    CONFIG = json.load(file)
torch.set_num_threads(CONFIG["threads"])
torch.manual_seed(0)
CLOCK = time.process_time if CONFIG["clock"] == "process" else time.perf_counter
N, D, HEADS, LAYERS, RATIO = CONFIG["genes"], 64, 4, 2, 4


def heads_of(x):
    return x.unflatten(-1, (HEADS, -1)).transpose(1, 2)


class GeneEncoder(nn.Module):
    def __init__(self, tokens, mask):
        super().__init__()
        self.table = nn.Parameter(torch.randn(tokens, D))
        self.norms = nn.ModuleList(nn.LayerNorm(D) for _ in range(3))
        self.q, self.k, self.v, self.out = (nn.Linear(D, D) for _ in range(4))
        self.mlp = nn.Sequential(nn.Linear(D, 4 * D), nn.GELU(), nn.Linear(4 * D, D))
        self.register_buffer("mask", mask)

    def forward(self):
        e = self.norms[0](self.table)[None]
        q, k, v = heads_of(self.q(self.norms[1](e))), heads_of(self.k(e)), heads_of(self.v(e))
        mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=self.mask)
        h = e + self.out(mixed.transpose(1, 2).flatten(2))
        return (h + self.mlp(self.norms[2](h)))[0]


class DiffBlock(nn.Module):
    def __init__(self, layer, control, mask):
        super().__init__()
        self.register_buffer("mask", mask)
        self.q1, self.q2, self.k1, self.k2, self.v, self.out = (nn.Linear(D, D, bias=False) for _ in range(6))
        self.vectors = nn.Parameter(0.1 * torch.randn(4, D // HEADS))
        self.gain = nn.Parameter(torch.ones(D // HEADS))
        self.first = 0.8 - 0.6 * math.exp(-0.3 * layer)
        self.modulation = nn.Linear(D, 6 * D)
        self.mlp = nn.Sequential(nn.Linear(D, RATIO * D), nn.GELU(approximate="tanh"), nn.Linear(RATIO * D, D))
        self.control = control

    def forward(self, y, stream, c):
        s1, k1, g1, s2, k2, g2 = self.modulation(c)[:, None].chunk(6, -1)
        x = F.layer_norm(y, (D,), eps=1e-6) * (1 + k1) + s1
        a, b = (x, stream) if self.control else (x, x)
        keys = (x, stream) if self.control else (y, y)
        v = heads_of(self.v(x))
        o1 = F.scaled_dot_product_attention(heads_of(self.q1(a)), heads_of(self.k1(keys[0])), v, attn_mask=self.mask)
        o2 = F.scaled_dot_product_attention(heads_of(self.q2(b)), heads_of(self.k2(keys[1])), v, attn_mask=self.mask)
        u = self.vectors
        weight = torch.exp(u[0] @ u[1]) - torch.exp(u[2] @ u[3]) + self.first
        o = F.rms_norm(o1 - weight * o2, (D // HEADS,), self.gain, 1e-5) * (1 - self.first)
        y = y + g1 * self.out(o.transpose(1, 2).flatten(2))
        return y + g2 * self.mlp(F.layer_norm(y, (D,), eps=1e-6) * (1 + k2) + s2)


class Values(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(1, D), nn.ReLU(), nn.Linear(D, D), nn.LayerNorm(D))

    def forward(self, x):
        return self.net(x[..., None])


class PadLite(nn.Module):
    def __init__(self, mask):
        super().__init__()
        self.genes = GeneEncoder(N + 1, mask)
        own = mask[:N, :N].contiguous() if CONFIG["masked"] else None
        self.state, self.control = Values(), Values()
        self.fusion = nn.Sequential(nn.Linear(2 * D, D), nn.GELU(), nn.Linear(D, D), nn.LayerNorm(D))
        self.time = nn.Sequential(nn.Linear(256, D), nn.SiLU(), nn.Linear(D, D))
        self.gene_modulation = nn.ModuleList(nn.Linear(D, 3 * D) for _ in range(LAYERS))
        self.gene_norm = nn.ModuleList(nn.LayerNorm(D) for _ in range(LAYERS))
        leaky = nn.LeakyReLU(0.01)
        self.adapter = nn.ModuleList(
            nn.Sequential(nn.Linear(2 * D, D), leaky, nn.Linear(D, D), leaky) for _ in range(LAYERS)
        )
        self.blocks = nn.ModuleList(
            nn.ModuleList(DiffBlock(i, control, own) for control in (False, True)) for i in range(LAYERS)
        )
        self.output = nn.Sequential(nn.Linear(2 * D, D), leaky, nn.Linear(D, D), leaky, nn.Linear(D, 1))
        self.register_buffer("speeds", 10_000 ** (-torch.arange(128) / 128))

    def forward(self, x, control, t, sets):
        tokens = self.genes()
        g, p = tokens[:N], sets @ tokens
        stream = self.control(control) + g
        h = self.fusion(torch.cat([self.state(x) + g, stream], -1))
        angle = t[:, None] * self.speeds
        c = F.silu(self.time(torch.cat([angle.cos(), angle.sin()], 1)))
        p = p[:, None].expand(-1, N, -1)
        for i in range(LAYERS):
            shift, gate, scale = self.gene_modulation[i](F.silu(g)).chunk(3, -1)
            h = h + gate * (self.gene_norm[i](h) * scale + shift)
            h = self.adapter[i](torch.cat([h, p], -1))
            for block in self.blocks[i]:
                h = block(h, stream, c)
        return self.output(torch.cat([h, p], -1))[..., 0]


def mmd(x, y):
    d = torch.cdist(y, y).square()
    n = len(x)
    off = ~torch.eye(n, dtype=torch.bool)
    median = d[off].median().detach().clamp_min(1e-12)
    dx, dxy = torch.cdist(x, x).square(), torch.cdist(x, y).square()
    total = 0
    for s in (0.5, 1, 2, 4):
        k = lambda q: torch.exp(-q / (2 * s * median))  # noqa: E731, B023
        total = total + (k(dx)[off].mean() + k(d)[off].mean() - 2 * k(dxy).mean()) / 4
    return total


gap = torch.arange(N)
seen = torch.zeros(N + 1, N + 1, dtype=torch.bool)
for j in range(1, CONFIG["neighbours"] // 2 + 1):
    seen[gap, (gap + 7 * j) % N] = seen[(gap + 7 * j) % N, gap] = True
seen |= torch.eye(N + 1, dtype=torch.bool)
net = PadLite(torch.zeros(N + 1, N + 1).masked_fill(~seen, -1e9))
optimiser = torch.optim.Adam(net.parameters(), lr=1e-4, fused=True)
groups, cells = CONFIG["conditions"], CONFIG["cells"]
rows = groups * cells
x1, x0, control = (torch.randn(rows, N) for _ in range(3))
sets = torch.zeros(rows, N + 1)
sets[:, N] = 0.5
for k in range(groups):
    sets[k * cells : (k + 1) * cells, k] = 0.5


def step():
    t = torch.rand(rows)
    x = (1 - t[:, None]) * x0 + t[:, None] * x1
    v = net(x, control, t, sets)
    end = x + (1 - t[:, None]) * v
    loss = (v - (x1 - x0)).square().mean()
    for p, q in zip(end.split(cells), x1.split(cells)):
        loss = loss + 0.5 * mmd(p, q) / groups
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    optimiser.step()


for _ in range(CONFIG["warmup"]):
    step()
print(json.dumps({"ready": True, "torch": torch.__version__}), flush=True)
for _ in sys.stdin:
    start = CLOCK()
    for _ in range(CONFIG["repeats"]):
        step()
    print(json.dumps({"rate": CONFIG["repeats"] / (CLOCK() - start)}), flush=True)
