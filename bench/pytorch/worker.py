"""PyTorch baselines of bench/engine: one process that measures a segment each time it is asked, so that runs can be interleaved.

Usage: worker.py KIND CONFIG.json. It prints {"ready": true}, then for each line on standard input one line {"rate": ...}.
KIND autoencoder (cells/s), flow (steps/s), sample (cells/s). Plain loops: dense float32 in memory, fused AdamW, clipping at 1.
"""

import json
import math
import sys
import time

import numpy
import torch
from torch import nn

KIND = sys.argv[1]
with open(sys.argv[2]) as file:
    CONFIG = json.load(file)
torch.set_num_threads(CONFIG["threads"])
DEVICE = CONFIG.get("device", "cpu")
torch.set_default_device(DEVICE)
torch.manual_seed(0)
EPS = 1e-8
CLOCK = time.process_time if CONFIG["clock"] == "process" else time.perf_counter


def mlp(widths):
    layers = []
    for inputs, outputs in zip(widths[:-2], widths[1:-1]):
        layers += [nn.Linear(inputs, outputs), nn.BatchNorm1d(outputs), nn.ELU()]
    return nn.Sequential(*layers, nn.Linear(widths[-2], widths[-1]))


class Velocity(nn.Module):
    """Residual MLP with time and one label added as embeddings."""

    def __init__(self, dims, hidden, embedding, categories):
        super().__init__()
        self.time = nn.Sequential(nn.Linear(embedding, embedding), nn.SiLU(), nn.Linear(embedding, embedding))
        self.label = nn.Embedding(categories, embedding)
        self.input = nn.Linear(dims, hidden)
        self.net1 = nn.ModuleList(nn.Linear(hidden, hidden) for _ in range(3))
        self.condition = nn.ModuleList(nn.Linear(embedding, hidden) for _ in range(3))
        self.net2 = nn.ModuleList(nn.Linear(hidden, hidden) for _ in range(3))
        self.output = nn.Linear(hidden, dims)
        half = embedding // 2
        self.register_buffer("speeds", 1000 * 10 ** (-4 * torch.arange(half) / (half - 1)))

    def forward(self, x, t, label):
        angle = t[:, None] * self.speeds
        emb = self.time(torch.cat([angle.sin(), angle.cos()], 1)) + self.label(label)
        emb = nn.functional.silu(emb)
        h = self.input(x)
        for net1, condition, net2 in zip(self.net1, self.condition, self.net2):
            r = net1(nn.functional.silu(h)) + condition(emb)
            h = h + net2(nn.functional.silu(r))
        return self.output(nn.functional.silu(h))


def autoencoder():
    genes, batch = CONFIG["genes"], CONFIG["batch"]
    counts = torch.from_numpy(numpy.fromfile(CONFIG["counts"], dtype=numpy.float32).reshape(-1, genes)).to(DEVICE)
    encoder, decoder = mlp([genes, 512, 256, 50]), mlp([50, 256, 512, genes])
    log_theta = nn.Parameter(torch.randn(genes))
    parameters = [*encoder.parameters(), *decoder.parameters(), log_theta]
    optimiser = torch.optim.AdamW(parameters, lr=1e-3, weight_decay=1e-5, fused=True)

    def step():
        x = counts[torch.randperm(len(counts))[:batch]]
        logits = decoder(encoder(torch.log1p(x)))
        mu = torch.softmax(logits, 1) * x.sum(1, keepdim=True)
        theta = log_theta.exp()
        q = torch.log(theta + mu + EPS)
        ll = (
            theta * (torch.log(theta + EPS) - q)
            + x * (torch.log(mu + EPS) - q)
            + torch.lgamma(x + theta)
            - torch.lgamma(theta)
            - torch.lgamma(x + 1)
        )
        loss = -ll.sum(1).mean()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()

    return step, batch


def flow():
    dims, batch = CONFIG["dims"], CONFIG["batch"]
    latents = torch.randn(CONFIG["cells"], dims)
    codes = torch.randint(0, 8, (CONFIG["cells"],))
    net = Velocity(dims, CONFIG["hidden"], CONFIG["embedding"], 8)
    parameters = list(net.parameters())
    optimiser = torch.optim.AdamW(parameters, lr=1e-3, weight_decay=1e-6, fused=True)

    def step():
        cells = torch.randint(0, len(latents), (batch,))
        z1 = latents[cells]
        noise = torch.randn_like(z1)
        t = torch.rand(1) / batch + torch.arange(batch) / batch
        x = t[:, None] * z1 + (1 - t[:, None]) * noise
        loss = ((net(x, t, codes[cells]) - (z1 - noise)) ** 2).mean()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()

    return step, 1


def sample():
    genes, dims, cells = CONFIG["genes"], CONFIG["dims"], CONFIG["cells"]
    net = Velocity(dims, CONFIG["hidden"], CONFIG["embedding"], 8).eval()
    decoder = mlp([50, 256, 512, genes]).eval()
    bias = torch.from_numpy(numpy.fromfile(CONFIG["bias"], dtype=numpy.float32)).to(DEVICE)
    decoder[-1].bias.data.copy_(bias)
    theta = torch.full((genes,), math.e**3)
    steps = CONFIG["steps"]

    @torch.no_grad()
    def step():
        x = torch.randn(cells, dims)
        label = torch.zeros(cells, dtype=torch.long)
        dt = 1 / steps
        for i in range(steps):
            at = lambda t, y: net(y, torch.full((cells,), t), label)  # noqa: E731
            t = i * dt
            k1 = at(t, x)
            k2 = at(t + dt / 2, x + dt / 2 * k1)
            k3 = at(t + dt / 2, x + dt / 2 * k2)
            k4 = at(t + dt, x + dt * k3)
            x = x + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        for start in range(0, cells, 1000):
            z = x[start : start + 1000]
            library = torch.exp(CONFIG["mean"] + CONFIG["sd"] * torch.randn(len(z), 1))
            mu = torch.softmax(decoder(z[:, :50]), 1) * library
            rate = torch._standard_gamma(theta.expand_as(mu)) * (mu / theta)
            torch.poisson(rate).to_sparse_csr()

    return step, cells


step, unit = {"autoencoder": autoencoder, "flow": flow, "sample": sample}[KIND]()


def settle():
    if DEVICE != "cpu":
        torch.cuda.synchronize()


for _ in range(CONFIG["warmup"]):
    step()
settle()
print(json.dumps({"ready": True, "torch": torch.__version__}), flush=True)
for _ in sys.stdin:
    start = CLOCK()
    for _ in range(CONFIG["repeats"]):
        step()
    settle()
    seconds = CLOCK() - start
    print(json.dumps({"rate": unit * CONFIG["repeats"] / seconds}), flush=True)
