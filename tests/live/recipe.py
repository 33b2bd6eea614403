"""What a recipe is: the steps that applications take in one capture, and how it is recorded.

A recipe gets a stage and does with real sockets what its text says; what it expects is known from
what it did. The runner adds what the kernels tell, and records frames all the while.
"""

RECIPES = []


class Recipe:
    def __init__(
        self, act, does, truth, form="pcap", point="client", interface="eth0", snaplen=262144, **lab
    ):
        self.name = act.__name__
        self.act = act
        self.does = does
        self.truth = truth
        self.form = form
        self.point = point
        self.interface = interface
        self.snaplen = snaplen
        self.lab = lab

    def file_name(self):
        return f"{self.name}.{self.form}"


def recipe(does, truth, **how):
    def register(act):
        RECIPES.append(Recipe(act, does, truth, **how))
        return act

    return register
