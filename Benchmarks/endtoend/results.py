"""All that was measured."""

import json
from dataclasses import asdict, dataclass, field


@dataclass
class Results:
    machine: str
    workloads: dict = field(default_factory=dict)  # by name: the workload and, by contestant, what each round gave
    trials: dict = field(default_factory=dict)  # by name: the trial and what each round gave

    def json(self):
        workloads = {
            name: {who: [asdict(one) for one in rounds] for who, rounds in measured.items()}
            for name, (_, measured) in self.workloads.items()
        }
        trials = {name: rounds for name, (_, rounds) in self.trials.items()}
        return json.dumps({"machine": self.machine, "workloads": workloads, "trials": trials}, indent=1) + "\n"
