using System.Globalization;
using System.Text;

namespace Emend.Server.Operating;

/// <summary>The text format of Prometheus, version 0.0.4.</summary>
internal static class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>All families, by name.</summary>
    public static string Of(IEnumerable<MetricStore.Family> families)
    {
        var text = new StringBuilder();
        // One name may come from several instruments (a meter made twice): its head stands once.
        foreach (var group in families.GroupBy(static family => NameOf(family)).OrderBy(static group => group.Key, StringComparer.Ordinal))
        {
            var series = group.SelectMany(static family => family.All.Select(one => (family, one))).ToList();
            if (series.Count == 0) continue;
            var first = group.First();
            text.Append("# HELP ").Append(group.Key).Append(' ').Append(Escape(first.Instrument.Description ?? "", isLabel: false)).Append('\n');
            text.Append("# TYPE ").Append(group.Key).Append(' ').Append(first.IsHistogram ? "histogram" : first.IsGauge ? "gauge" : "counter").Append('\n');
            foreach (var (family, one) in series)
            {
                if (family.IsHistogram) Histogram(text, group.Key, one);
                else Line(text, group.Key, "", one.Tags, null, Number(one.Read().Value));
            }
        }
        return text.ToString();
    }

    private static void Histogram(StringBuilder text, string name, MetricStore.Series series)
    {
        var (sum, count, buckets) = series.Read();
        var below = 0L;
        for (var i = 0; i < buckets.Length; i++)
        {
            below += buckets[i];
            Line(text, name, "_bucket", series.Tags, i < series.Bounds.Count ? Number(series.Bounds[i]) : "+Inf", below.ToString(CultureInfo.InvariantCulture));
        }
        Line(text, name, "_sum", series.Tags, null, Number(sum));
        Line(text, name, "_count", series.Tags, null, count.ToString(CultureInfo.InvariantCulture));
    }

    private static void Line(StringBuilder text, string name, string suffix, IReadOnlyList<KeyValuePair<string, string>> tags, string? bound, string value)
    {
        text.Append(name).Append(suffix);
        if (tags.Count > 0 || bound is not null)
        {
            text.Append('{');
            var separator = "";
            foreach (var (tag, of) in tags)
            {
                text.Append(separator).Append(Legal(tag)).Append("=\"").Append(Escape(of, isLabel: true)).Append('"');
                separator = ",";
            }
            if (bound is not null) text.Append(separator).Append("le=\"").Append(bound).Append('"');
            text.Append('}');
        }
        text.Append(' ').Append(value).Append('\n');
    }

    // emend.journal.commit.time in ms is emend_journal_commit_time_milliseconds; a counter ends in _total.
    private static string NameOf(MetricStore.Family family)
    {
        var name = Legal(family.Instrument.Name);
        var unit = family.Instrument.Unit switch { "s" => "_seconds", "ms" => "_milliseconds", "By" => "_bytes", _ => "" };
        if (unit.Length > 0 && !name.EndsWith(unit, StringComparison.Ordinal)) name += unit;
        return family.IsHistogram || family.IsGauge || name.EndsWith("_total", StringComparison.Ordinal) ? name : name + "_total";
    }

    private static string Legal(string name) => string.Create(name.Length, name, static (to, from) =>
    {
        for (var i = 0; i < from.Length; i++) to[i] = char.IsAsciiLetterOrDigit(from[i]) ? from[i] : '_';
    });

    private static string Escape(string text, bool isLabel)
    {
        text = text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal).Replace("\r", "", StringComparison.Ordinal);
        return isLabel ? text.Replace("\"", "\\\"", StringComparison.Ordinal) : text;
    }

    private static string Number(double value) => double.IsPositiveInfinity(value) ? "+Inf" : double.IsNegativeInfinity(value) ? "-Inf" : value.ToString("R", CultureInfo.InvariantCulture);
}
