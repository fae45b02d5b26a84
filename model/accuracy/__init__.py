"""How good the model is: our figures beside published measurements, simulations, theory and bills."""

from model.accuracy.bills import to_the_digit
from model.accuracy.compared import Compared, mean_error
from model.accuracy.pools import ENVIRONMENTS, P_COLD
from model.accuracy.whole import Accuracy, accuracy

__all__ = ["ENVIRONMENTS", "P_COLD", "Accuracy", "Compared", "accuracy", "mean_error", "to_the_digit"]
