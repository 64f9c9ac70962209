using System.Globalization;
using Emend.Engine.Access;
using Emend.Engine.Journal;
using Emend.Logic;

namespace Emend.Engine.Learning.DataSets;

/// <summary>How a data set is to be written.</summary>
/// <param name="Format">The format.</param>
internal sealed record ExportOptions(ExportFormat Format)
{
    /// <summary>Fields up to this class are shown. Default internal: labels, numbers and what was declared harmless.</summary>
    public FieldClass Revealed { get; init; } = FieldClass.Internal;
    /// <summary>How it is cut. Default not at all.</summary>
    public SplitPlan Split { get; init; } = SplitPlan.Whole;
    /// <summary>What a model is told before every case; null: nothing.</summary>
    public string? System { get; init; }
}

/// <summary>Writes data sets: row by row as the journal is read, in bounded memory.</summary>
internal sealed class ExportDataSet(DataSetRegistry sets)
{
    /// <summary>Writes one. The rulings are read anew, so that what was withdrawn or erased since it was fixed is not in it.</summary>
    /// <param name="set">The data set.</param>
    /// <param name="options">How.</param>
    /// <param name="by">Who asks.</param>
    /// <param name="open">Opens what a part is written to.</param>
    /// <param name="provenance">Opens what the ids behind each row of a part are written to, a line for each; null: they are not.</param>
    /// <param name="progress">Told how many rulings have been read.</param>
    /// <param name="cancel">Cancels between two rulings.</param>
    public Answer<ExportManifest> Write(DataSet set, ExportOptions options, Actor by, Func<string, Stream> open, Func<string, Stream>? provenance, Action<long>? progress, CancellationToken cancel)
    {
        if (by.Lacks(Permission.ExportMasked) is { } no) return no;
        if (options.Revealed >= FieldClass.Personal && by.Lacks(Permission.CorrectionUnmask) is { } masked) return masked;
        using var activity = Features.FeatureTelemetry.Source.StartActivity("export data set");
        var shown = new RulingRow(set.Agent, options.Revealed);
        var training = new TrainingRows(options.Format, shown, options.System);
        List<RowWriter> parts = [.. options.Split.Parts.Select(part => new RowWriter(open(part.Name)))];
        var sources = provenance is null ? null : options.Split.Parts.Select(part => new RowWriter(provenance(part.Name))).ToList();
        try
        {
            if (options.Format == ExportFormat.Csv)
                foreach (var part in parts) part.Line(shown.Head(), "\r\n");
            var (counts, digest) = (new RowCounts(), new DataSetDigest());
            foreach (var reviewed in sets.Rows(set.Agent, set.Where, set.UpTo, counts))
            {
                cancel.ThrowIfCancellationRequested();
                digest.Add(reviewed);
                if ((digest.Count & 1023) == 0) progress?.Invoke(digest.Count);
                var at = options.Split.PartOf(reviewed.Decision);
                var (part, name) = (parts[at], options.Split.Parts[at].Name);
                string? leftOut = null;
                var rows = options.Format switch
                {
                    ExportFormat.Jsonl => [shown.Json(reviewed, name)],
                    ExportFormat.Csv => [shown.Line(reviewed, name)],
                    _ => training.Of(reviewed, out leftOut),
                };
                if (rows.Count == 0) counts.Left(leftOut!);
                else counts.Used++;
                foreach (var row in rows)
                {
                    part.Row(row, options.Format == ExportFormat.Csv ? "\r\n" : "\n");
                    sources?[at].Row(Provenance(reviewed, part.Rows));
                }
            }
            List<ExportedPart> written = [.. parts.Select((part, i) => new ExportedPart(options.Split.Parts[i].Name, part.Rows, part.Done()))];
            sources?.ForEach(static one => one.Done());
            LearningExports.Count(options.Format, written.Sum(static part => part.Rows));
            return new ExportManifest(set, options.Format, options.Revealed, options.Split, written, counts, digest.Done(), digest.Count);
        }
        finally
        {
            parts.ForEach(static part => part.Dispose());
            sources?.ForEach(static one => one.Dispose());
        }
    }

    private static string Provenance(LearningCase reviewed, long row) => string.Create(CultureInfo.InvariantCulture,
        $"{{\"row\":{row},\"decision\":{CanonicalJson.Quote(reviewed.Decision.Id)},\"corrections\":[{string.Join(',', reviewed.Ruling.Corrections.Select(CanonicalJson.Quote))}],\"ruledBy\":{CanonicalJson.Quote(reviewed.Ruling.By)},\"ruledAt\":\"{CanonicalJson.Instant(reviewed.Ruling.At)}\"}}");
}
