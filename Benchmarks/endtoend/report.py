"""The tables that are printed at the end, and how many bars are missed."""

from statistics import median


class Report:
    """Text of results; `missed` is known once it has been made."""

    def __init__(self, results):
        self.results = results
        self.missed = 0

    def text(self):
        return "\n".join([*self.ratios(), *self.costs(), *self.others(), self.summary()])

    def ratios(self):
        """A ratio is the median of those of each round, so that both sides met the same machine."""
        rows = []
        for workload, measured in self.results.workloads.values():
            for bar in workload.bars:
                pairs = list(zip(measured[bar.gateway], measured[bar.other]))
                ratio = median(ours.rate / theirs.rate for ours, theirs in pairs)
                by_cpu = median(theirs.microseconds["all"] / ours.microseconds["all"] for ours, theirs in pairs)
                rates = (f"{median(one.rate for one in side):,.0f}" for side in zip(*pairs))
                ours, theirs = ((who, next(rates)) for who in (bar.gateway, bar.other))
                verdict = self.verdict(bar.at_least, bar.at_least is None or ratio >= bar.at_least)
                rows.append((workload.title, *ours, *theirs, f"{ratio:.2f}", *verdict, f"{by_cpu:.2f}"))
        heads = ("workload", "the gateway", "items/s", "beside", "items/s", "ratio", "at least", "", "by CPU")
        return table(heads, "<<><>>><>", rows)

    def costs(self):
        rows = []
        for workload, measured in self.results.workloads.values():
            for who, rounds in measured.items():
                spent = {of: median(one.microseconds[of] for one in rounds) for of in rounds[0].microseconds}
                row = [workload.title, who, f"{spent['own']:.1f}", "", ""]
                row += [f"{spent[of]:.1f}" for of in ("mongod", "rabbitmq", "all")] + ["", "", ""]
                if rounds[0].peak_megabytes:
                    most = workload.most_microseconds
                    row[3:5] = self.verdict(most, most is None or spent["own"] < most)
                    peak = max(one.peak_megabytes for one in rounds)
                    row[8:] = f"{peak:.0f}", *self.verdict(workload.most_megabytes, peak < workload.most_megabytes)
                rows.append(row)
        heads = ("CPU µs/item", "", "own", "below", "", "mongod", "RabbitMQ", "all", "peak MB", "below", "")
        return table(heads, "<<>><>>>>><", rows)

    def others(self):
        rows = []
        for figure in (figure for trial, rounds in self.results.trials.values() for figure in trial.figures(rounds)):
            verdict = self.verdict(figure.below, figure.below is None or figure.value < figure.below)
            rows.append((figure.title, f"{figure.value:.1f} {figure.unit}", *verdict))
        return table(("", "", "below", ""), "<>><", rows)

    def verdict(self, bar, is_met):
        if bar is None:
            return "", ""
        self.missed += not is_met
        return f"{bar:g}", "met" if is_met else "MISSED"

    def summary(self):
        return f"{self.missed} bars missed." if self.missed else "Every bar is met."


def table(heads, alignment, rows):
    if not rows:
        return []
    widths = [max(len(row[column]) for row in [heads, *rows]) for column in range(len(heads))]
    lines = [
        "  ".join(f"{cell:{side}{width}}" for cell, side, width in zip(row, alignment, widths)).rstrip()
        for row in [heads, *rows]
    ]
    return [*lines, ""]
