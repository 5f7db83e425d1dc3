#!/usr/bin/env python
# -*- coding: utf-8 -*-
"""Homework of Zoë Müller: tabs, Greek letters, prints at import, helpers and a main block."""
from typing import Tuple, Union, Optional, List
import sys
import numpy as np

print("Zoës Faltungen, Übung 4")          # prints at import
print("numpy", np.__version__, "python", sys.version_info[:2])

IntOrPair = Union[int, Tuple[int, int]]
π = 3.14159   # not used, but kept

def _paar(wert: IntOrPair) -> List[int]:
	"""ein Wert → zwei Werte (senkrecht ↓, waagrecht →)"""
	if isinstance(wert, int):
		return [wert, wert]
	return [wert[0], wert[1]]

def output_size(size: int, kernel: int, *, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
	# ⌊(i + 2p − d(k−1) − 1)/s⌋ + 1
	k̃ = dilation * (kernel - 1) + 1
	return (size + 2 * padding - k̃) // stride + 1

def conv2d_parameters(c_in: int, c_out: int, kernel: IntOrPair, *, groups: int = 1, bias: bool = True) -> int:
	kh, kw = _paar(kernel)
	Σ = 0
	for gruppe in range(groups):
		Σ += (c_in // groups) * (c_out // groups) * kh * kw
	return Σ + c_out if bias else Σ

def _rand(x: np.ndarray, pv: int, ph: int) -> np.ndarray:
	leer = np.zeros(x.shape[:-2] + (x.shape[-2] + 2 * pv, x.shape[-1] + 2 * ph), dtype=x.dtype)
	leer[..., pv:leer.shape[-2] - pv, ph:leer.shape[-1] - ph] = x
	return leer

def correlate2d(image: np.ndarray, kernel: np.ndarray, *, stride: IntOrPair = 1, padding: IntOrPair = 0, dilation: IntOrPair = 1) -> np.ndarray:
	s, p, δ = _paar(stride), _paar(padding), _paar(dilation)
	H, W = image.shape
	KH, KW = kernel.shape
	x = _rand(image, p[0], p[1])
	OH = output_size(H, KH, stride=s[0], padding=p[0], dilation=δ[0])
	OW = output_size(W, KW, stride=s[1], padding=p[1], dilation=δ[1])
	y = np.zeros((OH, OW), dtype=image.dtype)
	for i in range(OH):
		for j in range(OW):
			for a in range(KH):
				for b in range(KW):
					y[i, j] += x[i * s[0] + a * δ[0], j * s[1] + b * δ[1]] * kernel[a, b]
	return y

def conv2d(x: np.ndarray, w: np.ndarray, b: Optional[np.ndarray] = None, *, stride: IntOrPair = 1, padding: IntOrPair = 0,
		dilation: IntOrPair = 1, groups: int = 1) -> np.ndarray:
	ausgabe = []
	for bild in x:
		karten = []
		for f in range(len(w)):
			gruppe = f // (len(w) // groups)
			karte = None
			for c in range(w.shape[1]):
				teil = correlate2d(bild[gruppe * w.shape[1] + c], w[f, c], stride=stride, padding=padding, dilation=dilation)
				karte = teil if karte is None else karte + teil
			if b is not None:
				karte = karte + b[f]
			karten.append(karte)
		ausgabe.append(karten)
	return np.asarray(ausgabe)

def max_pool2d(x: np.ndarray, size: IntOrPair, *, stride: Optional[IntOrPair] = None, padding: IntOrPair = 0, dilation: IntOrPair = 1, ceil_mode: bool = False) -> np.ndarray:
	k, p, δ = _paar(size), _paar(padding), _paar(dilation)
	s = k if stride is None else _paar(stride)
	listen = []
	for t in (0, 1):
		n = x.shape[2 + t]
		alle = []
		i = 0
		while True:
			anfang = i * s[t] - p[t]
			ende = anfang + δ[t] * (k[t] - 1)
			if ende > n + p[t] - 1:
				# läuft über: nur bei ceil_mode, nur wenn etwas übrig blieb, nur wenn der Anfang im Bild liegt
				if ceil_mode and alle and max(alle[-1]) < n + p[t] - 1 and anfang < n:
					alle.append(range(anfang, ende + 1, δ[t]))
				break
			alle.append(range(anfang, ende + 1, δ[t]))
			i += 1
		listen.append(alle)
	N, C, H, W = x.shape
	y = np.zeros((N, C, len(listen[0]), len(listen[1])), dtype=x.dtype)
	y[...] = -np.inf
	for i, zeilen in enumerate(listen[0]):
		for j, spalten in enumerate(listen[1]):
			for r in zeilen:
				for q in spalten:
					if 0 <= r < H and 0 <= q < W:
						mask = x[:, :, r, q] > y[:, :, i, j]
						y[:, :, i, j][mask] = x[:, :, r, q][mask]
	return y

def global_avg_pool2d(x: np.ndarray) -> np.ndarray:
	μ = np.zeros(x.shape[:2], dtype=x.dtype)
	for n in range(x.shape[0]):
		for c in range(x.shape[1]):
			μ[n, c] = np.mean(x[n, c])
	return μ

def zeige(x: np.ndarray) -> None:
	for zeile in x:
		print(" ".join("%6.1f" % z for z in zeile))

if __name__ == "__main__":
	bild = np.arange(25, dtype=float).reshape(5, 5)
	kante = np.array([[1.0, 0.0, -1.0]] * 3)
	zeige(correlate2d(bild, kante))
	print("Größe:", output_size(5, 3))
	assert output_size(5, 3) == 3
