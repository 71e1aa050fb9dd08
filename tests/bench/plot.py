"""Cost against size as an SVG: one line a case, both axes logarithmic."""
import math

COLOURS = ["#888888", "#c0c0c0", "#d08020", "#2060c0", "#20a060"]
WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 720, 420, 70, 30, 220, 50


def plot(sizes, feature="history"):
    sizes = [s for s in sizes if feature in s["features"]]
    if not sizes:
        return '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>\n'
    points = {}
    for s in sizes:
        for row in s["features"][feature]:
            points.setdefault(row["case"], []).append((s["items"], row["wall_ms"]))
    xs = [x for line in points.values() for x, _ in line]
    ys = [y for line in points.values() for _, y in line]
    x_low, x_high = math.log10(min(xs)), math.log10(max(xs))
    y_low, y_high = math.floor(math.log10(min(ys))), math.ceil(math.log10(max(ys)))

    def at(x, y):
        across = (math.log10(x) - x_low) / max(x_high - x_low, 1e-9)
        up = (math.log10(y) - y_low) / max(y_high - y_low, 1e-9)
        return LEFT + across * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM)

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" font-family="sans-serif" '
           f'font-size="12"><rect width="100%" height="100%" fill="white"/>'
           f'<text x="{LEFT}" y="18">reading {feature}: wall time against items</text>']
    for exponent in range(y_low, y_high + 1):
        _, y = at(min(xs), 10 ** exponent)
        out.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>'
                   f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{10 ** exponent:g} ms</text>')
    for s in sizes:
        x, _ = at(s["items"], min(ys))
        out.append(f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">{s["items"]:,}</text>')
    for i, (case, line) in enumerate(points.items()):
        colour = COLOURS[i % len(COLOURS)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (at(*p) for p in line))
        out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
                   f'<text x="{WIDTH - RIGHT + 12}" y="{TOP + 20 + 18 * i}" fill="{colour}">{case}</text>')
    return "\n".join(out) + "\n</svg>\n"
