"""What is printed at the end, and how many bars are missed."""

import os
from statistics import median

from report import table

LEAST = {"announce": 5, "store": 5, "one": 3, "list": 3, "lists": 3, "keyed": 0.8, "fanout": 0.8}
MOST = {"p50": 8.0, "p99": 30.0}  # milliseconds from a change to its notification
PROCESSES = ("own", "mongod", "rabbitmq", "client")


class Tables:
    """Text of the measurements, by workload, round and contestant; `missed` is known once it has been made."""

    def __init__(self, options, rounds, others):
        self.options, self.rounds, self.busy, self.missed = options, rounds, others, 0

    def text(self):
        options = self.options
        parts = [
            f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; others used {median(self.busy):.0f} % of them",
            f"{options.seconds} s each, {options.sockets} sockets; median of {options.rounds} rounds", "",
            *self.rates(), *self.costs(), *self.notifications(), *self.kills(),
            f"{self.missed} bars missed." if self.missed else "Every bar is met.",
        ]
        return "\n".join(parts)

    def compared(self):
        return {name: rounds for name, rounds in self.rounds.items() if name in LEAST}

    def rates(self):
        """A ratio is the median of those of each round. The bar is for the peer with the lowest one."""
        rows = []
        for workload, rounds in self.compared().items():
            ratios = {
                who: (median(one["gateway"]["rate"] / one[who]["rate"] for one in rounds),
                      median(own_and_servers(one[who]) / own_and_servers(one["gateway"]) for one in rounds))
                for who in rounds[0] if who != "gateway"}
            lowest = min(ratios, key=lambda who: ratios[who][0])
            for who, (ratio, by_cpu) in ratios.items():
                verdict = self.verdict(LEAST[workload], ratio >= LEAST[workload]) if who == lowest else ("", "")
                rates = (f"{median(one[name]['rate'] for one in rounds):,.0f}" for name in ("gateway", who))
                rows.append((workload, next(rates), who, next(rates), f"{ratio:.2f}", *verdict, f"{by_cpu:.2f}"))
        return table(("workload", "gateway/s", "beside", "a second", "ratio", "at least", "", "by CPU"), "<><>>><>", rows)

    def costs(self):
        rows = []
        for workload, rounds in self.compared().items():
            for who in rounds[0]:
                results = [one[who] for one in rounds]
                spent = (median(1e6 * one["cpu"][of] / one["requests"] for one in results) for of in PROCESSES)
                times = (median(one[share] for one in results) for share in ("p50", "p99"))
                rows.append((workload, who, *(f"{one:.1f}" for one in spent), *(f"{one:.1f}" for one in times)))
        return table(("CPU µs each", "", "own", "mongod", "RabbitMQ", "client", "p50 ms", "p99 ms"), "<<>>>>>>", rows)

    def notifications(self):
        rows = []
        for of in ("answers", "notifications") if "notify" in self.rounds else ():
            times = sorted(time for one in self.rounds["notify"] for time in one["gateway"][of])
            for share, most in MOST.items():
                value = times[int(int(share[1:]) / 100 * (len(times) - 1))]
                verdict = self.verdict(most, value < most) if of == "notifications" else ("", "")
                rows.append((f"PATCH to {of[:-1]}, {share}", f"{value:.2f} ms", *verdict))
        return table(("one at a time", "", "below", ""), "<>><", rows)

    def kills(self):
        rows = []
        for one in self.rounds.get("kill", ()):
            heard = one["gateway"]
            is_whole = not (heard["lost"] or heard["again"] or heard["gaps"])
            counts = (f"{heard[name]:,}" for name in ("received", "reconnected", "lost", "again", "gaps"))
            rows.append((*counts, f"{heard['max']:.0f}", *self.verdict(0, is_whole)))
        heads = ("kill -9: heard", "sockets that came back", "lost", "twice", "gaps", "latest, ms", "at most", "")
        return table(heads, ">>>>>>><", rows)

    def verdict(self, bar, is_met):
        self.missed += not is_met
        return f"{bar:g}", "met" if is_met else "MISSED"


def own_and_servers(result):
    """Processor time of all but the client, for each request."""
    return sum(result["cpu"][of] for of in PROCESSES if of != "client") / result["requests"]
