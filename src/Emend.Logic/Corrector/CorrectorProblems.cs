namespace Emend.Logic.Corrector;

/// <summary>Everything that is wrong with a corrector.</summary>
internal static class CorrectorProblems
{
    /// <summary>The problems, each with the member it is in; none for a sound corrector.</summary>
    public static IEnumerable<string> Of(CorrectorModel model)
    {
        if (model.Answers.Length > CorrectorModel.MostAnswers) yield return $"answers: {model.Answers.Length} are more than {CorrectorModel.MostAnswers}";
        for (var i = 1; i < model.Answers.Length; i++)
            if (string.CompareOrdinal(model.Answers[i - 1].Label, model.Answers[i].Label) >= 0) yield return $"answers[{i}]: not sorted or twice";
        if (model.Answers.Any(static a => a.Truths < 1)) yield return "answers: an answer was right at least once";
        if (model.Odds.Length != OverrideEvidence.Count) yield return $"odds: {OverrideEvidence.Count} numbers, not {model.Odds.Length}";
        if (model.Record.Right < 0 || model.Record.Right > model.Record.Reviewed) yield return "record: `right` lies between 0 and `reviewed`";
        if (model.Reviewed < model.Record.Reviewed) yield return "reviewed: less than the randomly reviewed ones in `record`";
        for (var i = 0; i < model.Proposals.Length; i++)
        {
            var proposal = model.Proposals[i];
            if (i > 0 && string.CompareOrdinal(model.Proposals[i - 1].Label, proposal.Label) >= 0) yield return $"proposals[{i}]: not sorted or twice";
            if (proposal.Right < 0 || proposal.Right > proposal.Reviewed) yield return $"proposals[{i}]: `right` lies between 0 and `reviewed`";
            for (var b = 0; b < proposal.Became.Length; b++)
                if (proposal.Became[b].Answer < 0 || proposal.Became[b].Answer >= model.Answers.Length || proposal.Became[b].Count < 1 || b > 0 && proposal.Became[b - 1].Answer >= proposal.Became[b].Answer)
                    yield return $"proposals[{i}].became[{b}]: not an answer with a count, or not sorted";
        }
        for (var i = 0; i < model.Rows.Length; i++)
        {
            var row = model.Rows[i];
            if (row.Key == 0 || i > 0 && model.Rows[i - 1].Key >= row.Key) yield return $"rows: row {i} is not sorted or stands twice";
            if (!Half.IsFinite(row.Scale) || row.Scale < Half.Zero) yield return $"rows: scale of row {i} is not a size";
            for (var w = 0; w < row.Weights.Length; w++)
                if (row.Weights[w].Answer >= model.Answers.Length || w > 0 && row.Weights[w - 1].Answer >= row.Weights[w].Answer) yield return $"rows: weights of row {i} are not sorted by answer";
        }
        if (model.Threshold is { } threshold && threshold is not (> 0 and < 1)) yield return "threshold: a chance between 0 and 1";
        if (model.NeverRightFrom is not (>= 0 and <= 1)) yield return "neverRightFrom: a chance from 0 to 1";
        if (model.LeastKnown is not (>= 0 and <= 1)) yield return "leastKnown: a share from 0 to 1";
        if (model.Threshold is not null != model.Certificate is not null) yield return "certificate: a threshold and its certificate stand together";
        if (model.Certificate is { } certificate)
        {
            if (certificate.Alpha is not (> 0 and < 1) || certificate.Delta is not (> 0 and < 1)) yield return "certificate: alpha and delta lie between 0 and 1";
            if (certificate.Breaks < 0 || certificate.Breaks > certificate.Changed || certificate.Wasted < 0) yield return "certificate: `breaks` lies between 0 and `changed`";
            if (certificate.From > certificate.Through) yield return "certificate: `from` comes after `through`";
        }
    }
}
