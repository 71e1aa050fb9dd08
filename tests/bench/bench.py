"""Measures CrossWatch against a simulated Plex on this machine, without a network. Called by scripts/bench, which
builds what is needed.

Every figure stands beside its floor from the same run: a bare reader, which fetches the same pages over one TLS
connection and parses them for nobody. Wall and CPU are the best of the runs, memory the worst.
"""
import argparse
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.request

from plot import plot

PAGE = 1000
CHANGES, LOST = 100, 10
WRITES, WATCHLIST = 500, 2500
LIBRARIES = 2
FEATURES = ["history", "ratings", "progress"]
TICKS = os.sysconf("SC_CLK_TCK")
# Whose environment names a file of certificates has all of them read at each start.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k not in ("SSL_CERT_FILE", "SSL_CERT_DIR")}


class Measured:
    """One process from start to end: wall and CPU in seconds, peak memory in MiB."""

    def __init__(self, args, command, sim=None):
        before = sim.cpu() if sim else 0.0
        with tempfile.NamedTemporaryFile("r", prefix="crosswatch-bench-") as cost:
            done = subprocess.run([str(args.build / "tests/bench/measure"), cost.name, *map(str, command)],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT)
            if done.returncode != 0:
                raise SystemExit(f"bench: {' '.join(map(str, command))} failed ({done.returncode}):\n{done.stderr}")
            used = json.load(cost)
        self.wall, self.cpu, self.rss = used["wall"], used["cpu"], used["rss_kib"] / 1024
        self.sim_cpu = sim.cpu() - before if sim else 0.0


class Simulator:
    """plexsim with one user who has watched every item, and rated so many percent of them."""

    def __init__(self, args, movies, shows, plays=0, rated=100, watchlist=0):
        self.rows = {"movies": movies, "shows": shows, "seasons": shows * 5, "episodes": shows * 100}
        command = [args.build / "tests/plexsim/plexsim", "--die-with-parent", "--keep-answers", "--no-side-libraries",
                   "--auto-approve", "owner", "--person", "handle=owner,kind=owner", "--nasty", 0, "--watched", 100,
                   "--rated", rated, "--begun", 5, "--plays", plays, "--movies", movies, "--shows", shows,
                   "--seasons", 5, "--episodes", 20, "--watchlist", watchlist]
        self.process = subprocess.Popen([str(c) for c in command], stdout=subprocess.PIPE)
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("bench: the simulator did not start")
        self.ready = json.loads(line)
        self.server = self.ready["servers"][0]["url"]

    def cpu(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def control(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.ready["control"] + path, data=data, method=method)
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def change(self, feature, count, turn, undo=False):
        """Somebody watches, rates or begins so many items, half of them movies, or takes it back."""
        per_kind = count // 2
        for library, kind in (("1", "movie"), ("2", "episode")):
            keys = self.control("GET", f"/sim/keys?library={library}&type={kind}")["keys"]
            step = max(1, len(keys) // per_kind)
            chosen = keys[turn % step::step]
            if undo and feature != "progress":
                chosen = keys[-2 - turn::-step]  # others than those that were just changed
            for n, key in enumerate(chosen[:per_kind]):
                fact = {"history": {"op": "play"}, "ratings": {"op": "rate", "rating": 1 + (n + turn) % 9},
                        "progress": {"op": "progress", "ms": 60_000 * (1 + n + turn)}}[feature]
                if undo:
                    fact = {"op": "unrate" if feature == "ratings" else "unwatched"}
                self.control("POST", "/sim/fact", {"user": "owner", "key": key, **fact})

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


class Product:
    """The crosswatch command with a configuration of its own, linked to the simulator."""

    def __init__(self, args, sim, folder):
        self.args, self.sim, self.folder, self.colds = args, sim, folder, 0
        self.state = folder / "linked"
        for key in ("plex_tv", "clients", "discover", "metadata"):
            self.run("config", "set", f"plex.endpoints.{key}", sim.ready[key])
        self.run("config", "set", "plex.ca_file", sim.ready["ca_file"])
        self.run("plugins", "enable", "plex")
        self.run("connect", "plex")

    def command(self, *arguments):
        return [str(self.args.build / "bin/crosswatch"), "--config", str(self.folder / "config.json"), "--state", str(self.state), *arguments]

    def run(self, *arguments):
        done = subprocess.run(self.command(*arguments), capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"bench: crosswatch {' '.join(arguments)} failed: {done.stderr or done.stdout}")
        return done.stdout

    def forget(self):
        shutil.rmtree(self.state)
        self.colds += 1
        self.state = self.folder / f"cold-{self.colds}"

    def snapshot(self, feature):
        return self.measured("snapshot", "plex", feature)

    def measured(self, *arguments):
        self.sim.control("DELETE", "/sim/requests")
        run = Measured(self.args, self.command("--json", *arguments), self.sim)
        log = self.sim.control("GET", "/sim/requests")
        asked = [r for r in log["requests"] if r["host"] == "server"]
        run.pages = [r for r in asked if r["size"] > 0]
        run.log = log["requests"]
        run.requests, run.other = len(log["requests"]), len(log["requests"]) - len(run.pages)
        run.bytes = sum(r["bytes"] for r in log["requests"])
        run.peak = log["peak_in_flight"]["server_0"]
        return run


class Row:
    def __init__(self, name):
        self.name, self.runs = name, []

    def add(self, run):
        self.runs.append(run)

    def best(self, field):
        return min(getattr(r, field) for r in self.runs)

    def result(self, floor=None):
        last = self.runs[-1]
        out = {"case": self.name, "wall_ms": round(self.best("wall") * 1000, 1),
               "cpu_ms": round(self.best("cpu") * 1000, 1), "server_cpu_ms": round(self.best("sim_cpu") * 1000, 1),
               "peak_mib": round(max(r.rss for r in self.runs), 1), "requests": getattr(last, "requests", None),
               "other_requests": getattr(last, "other", None), "bytes": getattr(last, "bytes", None)}
        out["to_floor"] = round(self.best("wall") / floor.best("wall"), 2) if floor else None
        return out


def show(rows):
    print(f"  {'':30}{'wall ms':>9}{'CPU ms':>9}{'server':>9}{'peak MiB':>10}{'requests':>14}{'MB':>8}{'x floor':>9}")
    for r in rows:
        requests = "" if r["requests"] is None else str(r["requests"])
        if r["other_requests"]:
            requests = f"{r['requests'] - r['other_requests']} + {r['other_requests']}"
        megabytes = "" if r["bytes"] is None else f"{r['bytes'] / 1e6:.1f}"
        ratio = "" if r["to_floor"] is None else f"{r['to_floor']:.2f}"
        print(f"  {r['case']:30}{r['wall_ms']:9.1f}{r['cpu_ms']:9.1f}{r['server_cpu_ms']:9.0f}{r['peak_mib']:10.1f}"
              f"{requests:>14}{megabytes:>8}{ratio:>9}")


def needed_pages(pages):
    """How many pages the lists that were read have, when each row is asked for once."""
    ends = {}
    for p in pages:
        key = (p["path"], p["query"])
        ends[key] = max(ends.get(key, 0), p["start"] + p["size"])
    return sum(-(-end // PAGE) for end in ends.values())


def measure_feature(args, sim, product, folder, feature):
    urls, token, curl = folder / "urls", folder / "token", folder / "curl"
    names = ["bare reader", "bare reader, not parsing", "curl", f"snapshot {feature}, cold",
             f"snapshot {feature}, warm"]
    rows = [Row(n) for n in names]
    product.snapshot(feature)  # the simulator renders its pages now, and what pages there are is seen
    for _ in range(args.runs):
        product.forget()
        cold = product.snapshot(feature)
        lines = [f"{sim.server}{p['path']}?{p['query']}&X-Plex-Container-Start={p['start']}"
                 f"&X-Plex-Container-Size={p['size']}" for p in cold.pages]
        urls.write_text("\n".join(lines) + "\n")
        token.write_text(cold.pages[0]["token"] + "\n")
        curl.write_text("".join(f'url = "{line}"\noutput = "/dev/null"\n' for line in lines))
        reader = [str(args.build / "tests/bench/bare_reader"), sim.ready["ca_file"], str(token), str(urls)]
        bare = [Measured(args, reader, sim), Measured(args, reader + ["--fetch-only"], sim)]
        bare.append(Measured(args, ["curl", "--silent", "--fail", "--globoff", "--cacert", sim.ready["ca_file"], "--header",
                                    "Accept: application/json", "--header",
                                    f"X-Plex-Token: {cold.pages[0]['token']}", "--config", str(curl)], sim))
        for run in bare:
            run.requests, run.bytes = len(lines), sum(p["bytes"] for p in cold.pages)
        for row, run in zip(rows, bare + [cold, product.snapshot(feature)]):
            row.add(run)
    rows += measure_changes(args, sim, product, feature)
    results = [row.result(rows[0]) for row in rows]
    results[3]["pages_needed"] = needed_pages(cold.pages)
    results[3]["peak_in_flight"] = cold.peak
    return results


def measure_changes(args, sim, product, feature):
    """After the others, since the simulator renders its pages anew after a change."""
    changed, lost = Row(f"snapshot {feature}, {CHANGES} changes"), Row(f"snapshot {feature}, {LOST} taken back")
    for turn in range(args.runs):
        sim.change(feature, CHANGES, turn)
        changed.add(product.snapshot(feature))
        sim.change(feature, LOST, turn, undo=True)
        lost.add(product.snapshot(feature))
    return [changed, lost]


def measure_size(args, size):
    with tempfile.TemporaryDirectory(prefix="crosswatch-bench-") as temporary:
        folder = pathlib.Path(temporary)
        plays = args.plays or size // 2
        sim = Simulator(args, size // 3, max(1, size * 2 // 3 // 100), plays)
        try:
            product = Product(args, sim, folder)
            rows = sim.rows
            print(f"\n{rows['movies']:,} movies and {rows['episodes']:,} episodes, {plays:,} plays, over TLS")
            out = {"items": rows["movies"] + rows["episodes"], "features": {}}
            for feature in args.features:
                out["features"][feature] = measure_feature(args, sim, product, folder, feature)
                show(out["features"][feature])
                fetched = out["features"][feature][1]
                busy = max(fetched["server_cpu_ms"], 1000 / TICKS)
                print(f"  the simulator: {fetched['bytes'] / busy / 1000:.0f} MB for each second of its CPU, "
                      f"{fetched['bytes'] / fetched['wall_ms'] / 1000:.0f} MB/s to a reader that only fetches")
            return out
        finally:
            sim.stop()


def measure_sync(args, size):
    """A pair of which neither side has changed: said to be so by both, and compared all the same."""
    rest, full = Row("sync, nothing new"), Row("sync, nothing new, compared in full")
    with tempfile.TemporaryDirectory(prefix="crosswatch-bench-") as temporary:
        sim = Simulator(args, size // 3, max(1, size * 2 // 3 // 100), size // 2)
        try:
            product = Product(args, sim, pathlib.Path(temporary))
            product.run("plugins", "enable", "tracker")
            product.run("pair", "add", "--source", "plex", "--target", "tracker", "--features", ",".join(FEATURES))
            for _ in range(3):  # written, seen, at rest
                product.run("sync")
            for _ in range(args.runs):
                rest.add(product.measured("sync"))
            product.run("config", "set", "runtime.full_compare_hours", "0")
            for _ in range(args.runs):
                full.add(product.measured("sync"))
        finally:
            sim.stop()
    return [rest.result(), full.result()]


def movie_lines(product, start, count):
    """Ratings of so many films, known by their external ids alone."""
    facts = map(json.loads, product.run("--json", "snapshot", "plex", "history").splitlines())
    films = [f for f in facts if f.get("type") == "movie"][start:start + count]
    lines = [{"type": "movie", "title": f["title"], "year": f.get("year", 0), "rating": 1 + n % 9,
              "ids": {k: v for k, v in f["ids"].items() if k != "plex"}} for n, f in enumerate(films)]
    lines.append({"end": True, "complete": True, "count": len(lines)})
    return "".join(json.dumps(line) + "\n" for line in lines)


def measure_writes(args):
    """What is written, and the watchlist: here the requests matter, not the size of the library."""
    index, write = Row("1 rating, found by ids, first"), Row(f"{WRITES} ratings, found by ids")
    first, again = Row("watchlist, first"), Row("watchlist, again")
    for _ in range(args.runs):
        with tempfile.TemporaryDirectory(prefix="crosswatch-bench-") as temporary:
            folder = pathlib.Path(temporary)
            sim = Simulator(args, WATCHLIST * 6 // 5, 10, rated=0, watchlist=WATCHLIST * 10 // 9)  # some twice
            try:
                product = Product(args, sim, folder)
                for row, start, count in ((index, 0, 1), (write, 1, WRITES)):
                    (folder / "ratings").write_text(movie_lines(product, start, count))
                    row.add(product.measured("import", "plex", "ratings", folder / "ratings"))
                first.add(product.snapshot("watchlist"))
                again.add(product.snapshot("watchlist"))
                titles = len(product.run("--json", "snapshot", "plex", "watchlist").splitlines()) - 1
            finally:
                sim.stop()
    rows = (index, write, first, again)
    results = [row.result() for row in rows]
    for out, row in zip(results, rows):
        out["titles"] = titles
        out["list_requests"] = sum(r["host"] != "server" and "watchlist" in r["path"] for r in row.runs[-1].log)
        out["id_requests"] = sum("/library/metadata/" in r["path"] for r in row.runs[-1].log)
    return results


def measure_engine(args, count):
    adopt, idle = Row(f"engine lane {count:,}, first"), Row(f"engine lane {count:,}, nothing to do")
    for _ in range(args.runs):
        with tempfile.TemporaryDirectory(prefix="crosswatch-bench-") as state:
            command = [str(args.build / "tests/bench/engine_lane"), state, str(count)]
            adopt.add(Measured(args, command))
            idle.add(Measured(args, command))
    return [adopt.result(), idle.result()]


def measure_micro(args):
    binary = args.build / "tests/bench/micro"
    if not binary.exists():
        print("\nno inner loops: Google Benchmark is not installed (scripts/setup --tests)")
        return {}
    done = subprocess.run([str(binary), "--benchmark_format=json", f"--benchmark_repetitions={args.runs}"],
                          capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"bench: micro failed: {done.stderr}")
    best = {}
    for b in json.loads(done.stdout)["benchmarks"]:
        if b["run_type"] != "iteration":
            continue
        rate = b.get("bytes_per_second") or b.get("items_per_second")
        name = b["name"]
        if name not in best or rate > best[name]["rate"]:
            best[name] = {"rate": rate, "unit": "MB/s" if "bytes_per_second" in b else "M facts/s"}
    print("\ninner loops")
    for name, b in best.items():
        print(f"  {name:30}{b['rate'] / 1e6:9.1f} {b['unit']}")
    return best


def bars(result):
    """What is wanted and what was measured; true: met."""
    out = []

    def bar(what, measured, limit, unit=""):
        out.append({"bar": what, "measured": round(measured, 2), "limit": limit, "unit": unit,
                    "met": measured <= limit})

    sizes = result["sizes"]
    for s in sizes:
        for feature, rows in s["features"].items():
            name = f"{feature}, {s['items']:,} items"
            cold, curl = rows[3], rows[2]
            bar(f"{name}: wall to bare reader", cold["to_floor"], 1.3)
            bar(f"{name}: wall to curl", cold["wall_ms"] / curl["wall_ms"], 2.0)
            if s["items"] <= 60_000:
                bar(f"{name}: peak memory", cold["peak_mib"], 64, "MiB")
            bar(f"{name}: pages beyond those needed",
                cold["requests"] - cold["other_requests"] - cold["pages_needed"], 0)
            bar(f"{name}: other requests", cold["other_requests"], 8)
            bar(f"{name}: requests in flight", cold["peak_in_flight"], 4)
            warm, changed, lost = rows[4:7]
            few = 12 * LIBRARIES + 4
            bar(f"{name}: requests when nothing changed", warm["requests"], 3 * LIBRARIES + 4)
            bar(f"{name}: requests after {CHANGES} changes", changed["requests"], few)
            bar(f"{name}: requests when {LOST} were taken back", lost["requests"],
                few + cold["pages_needed"] + 4 * LIBRARIES)
            if s["items"] > 50_000 and cold["pages_needed"] > 50:
                bar(f"{name}: CPU of {CHANGES} changes to that of a cold read",
                    (changed["cpu_ms"] - warm["cpu_ms"]) / cold["cpu_ms"], 0.02)
    base = next((s for s in sizes if 50_000 <= s["items"] <= 70_000), None)
    for s in sizes:
        if base and s["items"] > 10 * 50_000:
            for feature, rows in s["features"].items():
                bar(f"{feature}, {s['items']:,} items: memory to {base['items']:,}",
                    rows[3]["peak_mib"] / base["features"][feature][3]["peak_mib"], 1.2)
    if result.get("sync"):
        rest = result["sync"][0]
        bar(f"{rest['case']}: requests", rest["requests"], len(FEATURES) * (3 * LIBRARIES + 1) + 8)
        bar(f"{rest['case']}: CPU", rest["cpu_ms"], 100, "ms")
    if result["writes"]:
        _, write, first, again = result["writes"]
        bar(f"{write['case']}: requests", write["requests"], WRITES + 12)
        pages = -(-first["titles"] // 100)
        bar(f"{first['case']}: requests of its list", first["list_requests"], pages)
        bar(f"{first['case']}: requests for ids", first["id_requests"], pages)
        bar(f"{again['case']}: requests for ids", again["id_requests"], 0)
    for count, cpu, memory in ((100_000, 500, 150), (1_000_000, 5000, 1024)):
        for row in result["engine"]:
            if row["case"] == f"engine lane {count:,}, nothing to do":
                bar(f"{row['case']}: CPU", row["cpu_ms"], cpu, "ms")
                bar(f"{row['case']}: peak memory", row["peak_mib"], memory, "MiB")
    for kind in ("movies", "episodes"):
        alone, ours = (result["micro"].get(f"{n}/{kind}") for n in ("parser_alone", "page_to_facts"))
        if alone and ours:
            bar(f"parser alone to page of {kind} to facts", alone["rate"] / ours["rate"], 1.25)
    return out


def number(text):
    scale = {"k": 1000, "m": 1_000_000}.get(text[-1:].lower(), 1)
    return int(float(text.rstrip("kKmM")) * scale)


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", "--size", default="60k", metavar="N,..",
                        help="items on the server, a third of them movies: 6k,60k,600k (60k)")
    parser.add_argument("--features", default=",".join(FEATURES), metavar="NAME,..", help="which to read (all)")
    parser.add_argument("--facts", default="100k", metavar="N,..", help="facts a side of the engine's lane (100k)")
    parser.add_argument("--plays", type=number, default=0, metavar="N", help="rows of the history, 1m (half the items)")
    parser.add_argument("--runs", type=int, default=5, metavar="N", help="the best of so many (5)")
    parser.add_argument("--no-writes", action="store_true", help="leave the writes and the watchlist out")
    parser.add_argument("--no-micro", action="store_true", help="leave the inner loops out")
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path("build/release"), help=argparse.SUPPRESS)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("build/bench"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    args.features = [f for f in args.features.split(",") if f]
    out = args.out
    out.mkdir(parents=True, exist_ok=True)
    result = {"runs": args.runs, "cpus": os.cpu_count(), "load": os.getloadavg()[0],
              "sizes": [measure_size(args, number(s)) for s in args.sizes.split(",") if args.features], "engine": []}
    for count in filter(None, args.facts.split(",")):
        result["engine"] += measure_engine(args, number(count))
    if result["engine"]:
        print("\nthe engine alone")
        show(result["engine"])
    result["sync"] = [] if args.no_writes or not result["sizes"] else measure_sync(args, result["sizes"][0]["items"])
    if result["sync"]:
        print("\na pair of which neither side has changed")
        show(result["sync"])
    result["writes"] = [] if args.no_writes else measure_writes(args)
    if result["writes"]:
        print(f"\n{WRITES} writes, and a watchlist of {WATCHLIST:,}")
        show(result["writes"])
    result["micro"] = {} if args.no_micro else measure_micro(args)
    result["bars"] = bars(result)
    print("\nbars")
    for b in result["bars"]:
        print(f"  {'met   ' if b['met'] else 'MISSED'}  {b['bar']}: {b['measured']:g} of {b['limit']:g} {b['unit']}")
    (out / "result.json").write_text(json.dumps(result, indent=1) + "\n")
    print(f"\nwritten: {out / 'result.json'}")
    if len(result["sizes"]) > 1:
        (out / "cost.svg").write_text(plot(result["sizes"]))
        print(f"written: {out / 'cost.svg'}")


if __name__ == "__main__":
    sys.exit(main())
