"""PyTorch baselines of bench/engine for scLDM, measured a segment at a time; usage and answers as in worker.py.

KIND scldm-autoencoder (cells/s), scldm-flow (steps/s), scldm-sample (cells/s, latents only). The same networks as ours, written
plainly: padded tokens with a mask, scaled_dot_product_attention, all genes of a batch at once, fused AdamW, clipping at 10.
"""

import json
import math
import sys
import time

import numpy
import torch
from torch import nn
from torch.nn import functional as F

KIND = sys.argv[1]
with open(sys.argv[2]) as file:
    CONFIG = json.load(file)
torch.set_num_threads(CONFIG["threads"])
torch.manual_seed(0)
EPS = 1e-8
CLOCK = time.process_time if CONFIG["clock"] == "process" else time.perf_counter


class Gated(nn.Module):
    def __init__(self, width, hidden):
        super().__init__()
        self.both = nn.Linear(width, 2 * hidden, bias=False)
        self.out = nn.Linear(hidden, width, bias=False)

    def forward(self, x):
        a, b = self.both(x).chunk(2, -1)
        return self.out(F.silu(a) * b)


def heads_of(x, heads):
    return x.unflatten(-1, (heads, -1)).transpose(1, 2)


class Attention(nn.Module):
    def __init__(self, width, heads, bias=False):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width, bias=bias)
        self.out = nn.Linear(width, width, bias=bias)

    def forward(self, x):
        q, k, v = (heads_of(part, self.heads) for part in self.qkv(x).chunk(3, -1))
        return self.out(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))


class Block(nn.Module):
    def __init__(self, width, hidden, heads):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width, EPS), nn.LayerNorm(width, EPS)
        self.attention, self.gated = Attention(width, heads), Gated(width, hidden)

    def forward(self, x):
        x = x + self.attention(self.norm1(x))
        return x + self.gated(self.norm2(x))


class Cross(nn.Module):
    """Cross-attention with one head, residual from the queries, gated layer."""

    def __init__(self, width, hidden):
        super().__init__()
        self.keys, self.queries, self.norm = (nn.LayerNorm(width, EPS) for _ in range(3))
        self.kv = nn.Linear(width, 2 * width, bias=False)
        self.q = nn.Linear(width, width, bias=False)
        self.out = nn.Linear(width, width, bias=False)
        self.gated = Gated(width, hidden)

    def forward(self, x, queries, mask=None):
        k, v = self.kv(self.keys(x)).chunk(2, -1)
        # Queries are the same for all cells: they are mapped once.
        q = self.q(self.queries(queries)).expand(len(x), -1, -1)
        y = queries + self.out(F.scaled_dot_product_attention(q, k, v, attn_mask=mask))
        return y + self.gated(self.norm(y))


class SetAutoencoder(nn.Module):
    def __init__(self, genes, width, hidden, tokens, channels, layers, heads):
        super().__init__()
        self.genes = nn.Parameter(torch.randn(genes, width))
        self.bias = nn.Parameter(torch.zeros(genes))
        self.log_theta = nn.Parameter(torch.full((genes,), 3.0))
        self.mix = nn.Linear(width, width)
        self.count = nn.Parameter(torch.randn(width) / math.sqrt(6))
        self.inducing = nn.Parameter(torch.randn(tokens, width))
        self.pool, self.unpool = Cross(width, hidden), Cross(width, hidden)
        self.encoder = nn.Sequential(*(Block(width, hidden, heads) for _ in range(layers)))
        self.decoder = nn.Sequential(*(Block(width, hidden, heads) for _ in range(layers)))
        self.down = nn.Linear(width, channels, bias=False)
        self.up = nn.Linear(channels, width, bias=False)
        self.head = nn.Linear(width, 1, bias=False)
        self.channels = channels

    def forward(self, index, logs, mask):
        x = F.embedding(index, self.mix(self.genes)) + logs[..., None] * self.count
        h = self.encoder(self.pool(x, self.inducing, mask[:, None, :]))
        z = F.layer_norm(self.down(h), (self.channels,), eps=EPS)
        z = F.layer_norm(z + 0.3 * torch.randn_like(z), (self.channels,), eps=EPS)
        h = self.decoder(self.up(z))
        return self.head(self.unpool(h, self.genes)).squeeze(-1) + self.bias


class Denoiser(nn.Module):
    def __init__(self, tokens, channels, width, hidden, layers, heads, categories):
        super().__init__()
        self.time = nn.Sequential(nn.Linear(256, width), nn.SiLU(), nn.Linear(width, width))
        self.label = nn.Embedding(categories + 1, width)
        self.input = nn.Linear(channels, width)
        self.size_in, self.size_out = nn.Linear(1, width), nn.Linear(width, 1)
        self.position = nn.Parameter(torch.randn(tokens, width), requires_grad=False)
        self.attention = nn.ModuleList(Attention(width, heads, True) for _ in range(layers))
        self.gated = nn.ModuleList(Gated(width, hidden) for _ in range(layers))
        self.modulation = nn.Linear(width, (6 * layers + 2) * width)
        self.output = nn.Linear(width, channels)
        self.register_buffer("speeds", 10_000 ** (-torch.arange(128) / 128))
        self.tokens, self.channels, self.width = tokens, channels, width

    def forward(self, x, t, label):
        angle = t[:, None] * self.speeds
        c = self.time(torch.cat([angle.cos(), angle.sin()], 1)) + self.label(label)
        m = self.modulation(F.silu(c)).unflatten(1, (-1, 1, self.width)).unbind(1)
        h = self.input(x[:, :-1].unflatten(1, (self.tokens, self.channels))) + self.position
        h = torch.cat([h, self.size_in(x[:, -1:])[:, None]], 1)
        norm = lambda y: F.layer_norm(y, (self.width,), eps=EPS)  # noqa: E731
        for i, (attention, gated) in enumerate(zip(self.attention, self.gated)):
            k1, s1, g1, k2, s2, g2 = m[6 * i : 6 * i + 6]
            h = h + g1 * attention(norm(h) * (1 + k1) + s1)
            h = h + g2 * gated(norm(h) * (1 + k2) + s2)
        h = norm(h) * (1 + m[-1]) + m[-2]
        return torch.cat([self.output(h[:, :-1]).flatten(1), self.size_out(h[:, -1])], 1)


def trained(net, rate, betas):
    parameters = [p for p in net.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(parameters, lr=rate, betas=betas, weight_decay=1e-4, fused=True)

    def learn(loss):
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 10.0)
        optimiser.step()

    return learn


def autoencoder():
    genes, batch = CONFIG["genes"], CONFIG["batch"]
    counts = torch.from_numpy(numpy.fromfile(CONFIG["counts"], dtype=numpy.float32).reshape(-1, genes))
    sizes = ("genes", "width", "gated", "tokens", "channels", "layers", "heads")
    net = SetAutoencoder(*(CONFIG[name] for name in sizes))
    learn = trained(net, 2e-3, (0.9, 0.95))

    def step():
        x = counts[torch.randperm(len(counts))[:batch]]
        most = int((x > 0).sum(1).max())
        # Expressed genes first; what follows them is masked.
        index = torch.argsort((x > 0).float(), dim=1, descending=True, stable=True)[:, :most]
        values = torch.gather(x, 1, index)
        logits = net(index, torch.log1p(values), values > 0)
        mu = torch.softmax(logits, 1) * x.sum(1, keepdim=True)
        theta = net.log_theta.exp()
        q = torch.log(theta + mu + EPS)
        ll = (
            theta * (torch.log(theta + EPS) - q)
            + x * (torch.log(mu + EPS) - q)
            + torch.lgamma(x + theta)
            - torch.lgamma(theta)
            - torch.lgamma(x + 1)
        )
        learn(-ll.sum(1).mean())

    return step, batch


def denoiser():
    return Denoiser(16, 16, 128, 352, 4, 4, 8)


def flow():
    batch, dims = CONFIG["batch"], 257
    latents = torch.randn(CONFIG["cells"], dims)
    codes = torch.randint(0, 8, (CONFIG["cells"],))
    net = denoiser()
    learn = trained(net, 1e-3, (0.9, 0.999))

    def step():
        cells = torch.randint(0, len(latents), (batch,))
        z1 = latents[cells]
        noise = torch.randn_like(z1)
        t = torch.rand(1) / batch + torch.arange(batch) / batch
        x = t[:, None] * z1 + (1 - t[:, None]) * noise
        learn(((net(x, t, codes[cells]) - (z1 - noise)) ** 2).mean())

    return step, 1


def sample():
    cells, steps = CONFIG["cells"], CONFIG["steps"]
    net = denoiser().eval()

    @torch.no_grad()
    def step():
        for start in range(0, cells, 500):
            n = min(500, cells - start)
            x = torch.randn(n, 257)
            label = torch.cat([torch.zeros(n, dtype=torch.long), torch.full((n,), 8)])

            def velocity(t, y):
                shown, hidden = net(y.repeat(2, 1), torch.full((2 * n,), t), label).chunk(2)
                return hidden + 2 * (shown - hidden)

            dt = 1 / steps
            for i in range(steps):
                k1 = velocity(i * dt, x)
                k2 = velocity((i + 1) * dt, x + dt * k1)
                x = x + dt / 2 * (k1 + k2)

    return step, cells


step, unit = {"scldm-autoencoder": autoencoder, "scldm-flow": flow, "scldm-sample": sample}[KIND]()
for _ in range(CONFIG["warmup"]):
    step()
print(json.dumps({"ready": True, "torch": torch.__version__}), flush=True)
for _ in sys.stdin:
    start = CLOCK()
    for _ in range(CONFIG["repeats"]):
        step()
    seconds = CLOCK() - start
    print(json.dumps({"rate": unit * CONFIG["repeats"] / seconds}), flush=True)
