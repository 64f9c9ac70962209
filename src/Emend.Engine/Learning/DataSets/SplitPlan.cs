using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Emend.Engine.Normalizing;

namespace Emend.Engine.Learning.DataSets;

/// <summary>A plan that cannot be followed.</summary>
internal sealed record SplitIsWrong(string Problem) : Refusal("dataset.split-wrong", Problem);

/// <summary>One part of a split.</summary>
/// <param name="Name">Name, e.g. <c>train</c>.</param>
/// <param name="UpTo">Where it ends in the unit interval.</param>
internal readonly record struct SplitPart(string Name, double UpTo);

/// <summary>
/// Cuts a data set into parts by a hash: the same plan puts the same decision into the same part, today and with more data tomorrow. All that is about one
/// subject falls into one part (where nobody is named: all of one case, else the decision alone), so that no part knows a person from another.
/// </summary>
internal sealed record SplitPlan(ImmutableArray<SplitPart> Parts, string Salt)
{
    private const double Tolerance = 1e-9;
    private const int MaxParts = 10, MaxName = 40;

    /// <summary>Everything in one part without a name.</summary>
    public static SplitPlan Whole { get; } = new([new("", 1)], "");

    /// <summary>Whether there is more than one part.</summary>
    public bool IsSplit => Parts.Length > 1;

    /// <summary>Reads <c>train=0.8,validation=0.1,test=0.1</c>.</summary>
    public static Answer<SplitPlan> Read(string text, string salt)
    {
        var parts = ImmutableArray.CreateBuilder<SplitPart>();
        var sum = 0.0;
        foreach (var one in text.Split(',', StringSplitOptions.TrimEntries))
        {
            if (one.Split('=') is not [var name, var share] || !double.TryParse(share, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var size) || size is not (> 0 and < 1))
                return new SplitIsWrong($"'{one}' is no part of a split; write e.g. train=0.8,validation=0.1,test=0.1");
            if (name.Length is 0 or > MaxName || !name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')) return new SplitIsWrong($"'{name}' cannot name a part; use letters, digits, '-' and '_'");
            parts.Add(new(name, sum += size));
        }
        if (parts.Count is < 2 or > MaxParts || Math.Abs(sum - 1) > Tolerance) return new SplitIsWrong($"the shares of 2 to {MaxParts} parts add up to 1, these to {sum.ToString(CultureInfo.InvariantCulture)}");
        if (parts.Select(static part => part.Name).Distinct(StringComparer.Ordinal).Count() != parts.Count) return new SplitIsWrong("two parts have one name");
        parts[^1] = parts[^1] with { UpTo = 1 };
        return new SplitPlan(parts.DrainToImmutable(), salt);
    }

    /// <summary>The part a decision falls into.</summary>
    public int PartOf(Decision decision)
    {
        if (!IsSplit) return 0;
        // The prefix keeps a subject and a case of the same name apart.
        var group = decision.Subject is { } subject ? "s:" + subject : decision.CorrelationId is { } correlation ? "c:" + correlation : "d:" + decision.Id;
        var place = BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{Salt}\n{group}"))) * Math.Pow(2, -64);
        for (var i = 0; i < Parts.Length - 1; i++)
            if (place < Parts[i].UpTo) return i;
        return Parts.Length - 1;
    }
}
