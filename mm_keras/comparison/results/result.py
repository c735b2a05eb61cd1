"""ComparisonResult: what `compare` returns, a dict that prints as a table."""

from mm_keras.comparison.report.tables import text_table


class ComparisonResult(dict):
    """The result of `compare`: a dict of JSON values, the same as in results.json.

    `print(result)` shows the table of the contenders and the findings; `result["contenders"]`,
    `result["best"]` ... are the values.
    """

    def leaderboard(self, width: int = 100) -> str:
        """The contenders with one modality and the fused ones, the most accurate first, as a text.

        Args:
            width: int >= 79, columns of the table.
        """
        return text_table(self, width)

    def __repr__(self):
        data, protocol = self["data"], self["protocol"]
        modalities = ", ".join(data["modalities"])
        start = (
            f"Comparison of {len(self['contenders'])} contenders on {data['name']}: "
            f"{data['num_samples']:,} samples of {modalities}, {protocol['cv']}"
        )
        return "\n".join([start, "", self.leaderboard(), "", *self["verdicts"]])
