using System.Text;
using System.Text.Json;
using Emend.Engine.Normalizing;
using Emend.Logic;

namespace Emend.Engine.Evaluating;

/// <summary>How reviewed cases came to be reviewed: decides what they can prove.</summary>
internal enum ReviewSelection : byte
{
    /// <summary>Volunteered, unless some of the reviewed decisions were found right.</summary>
    Detect,
    /// <summary>Reviewed whether right or wrong (a coin, or everything): breaks show as often as they happen.</summary>
    Random,
    /// <summary>People report errors and say nothing otherwise: a break of a right decision can never show.</summary>
    Volunteered,
}

/// <summary>Thresholds of the gates. The defaults are meant for 100 to 10,000 reviewed cases; each is explained where it is set.</summary>
internal sealed record GatePolicy
{
    /// <summary>Thresholds nobody changed.</summary>
    public static GatePolicy Default { get; } = new();

    /// <summary>One-sided error level of every bound. Default 5 %.</summary>
    public double Alpha { get; init; } = 0.05;

    /// <summary>Highest p of the gain test. Default 5 %: five fixes without a break are the least that can pass.</summary>
    public double GainP { get; init; } = 0.05;

    /// <summary>Loss of accuracy a maintenance release may not exceed with confidence. Default 0.2 percentage points.</summary>
    public double MaintenanceLoss { get; init; } = 0.002;

    /// <summary>How cases were selected for review. Default: found out from the cases.</summary>
    public ReviewSelection Selection { get; init; }

    /// <summary>
    /// Highest share of changed decisions that were right and are wrong now: low risk 10 %, medium 5 %, high 2 %.
    /// With no break seen, 29, 59 and 149 reviewed changes prove them.
    /// </summary>
    public (double Low, double Medium, double High) MaxBreaks { get; init; } = (0.10, 0.05, 0.02);

    /// <summary>Highest share of changed decisions that are wrong now, whatever they were: low risk 20 %, medium 10 %, high 5 %.</summary>
    public (double Low, double Medium, double High) MaxWrong { get; init; } = (0.20, 0.10, 0.05);

    /// <summary>Share of all decisions a release may change before it warns. Default 5 %.</summary>
    public double WarnChangedShare { get; init; } = 0.05;

    /// <summary>Share of all decisions a release may change at all. Default 40 %: beyond that it is another agent, not a correction.</summary>
    public double MaxChangedShare { get; init; } = 0.40;

    /// <summary>Share of all decisions a release may change to or from an action of high risk. Default 1 %.</summary>
    public double MaxChangedShareHighRisk { get; init; } = 0.01;

    /// <summary>Highest p at which harm in a slice blocks, corrected for the number of slices; uncorrected where the action is of high risk. Default 5 %.</summary>
    public double SliceP { get; init; } = 0.05;

    /// <summary>Whether replay runs twice to prove that it gives the same bytes. Default true.</summary>
    public bool ReplayTwice { get; init; } = true;

    /// <summary>The limit on breaks for a risk class.</summary>
    public double MaxBreaksAt(RiskClass risk) => Pick(MaxBreaks, risk);

    /// <summary>The limit on wrong changes for a risk class.</summary>
    public double MaxWrongAt(RiskClass risk) => Pick(MaxWrong, risk);

    /// <summary>Canonical JSON.</summary>
    public string Canonical()
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteNumber("alpha", Alpha);
            json.WriteNumber("gainP", GainP);
            json.WriteNumber("maintenanceLoss", MaintenanceLoss);
            json.WriteString("selection", Selection.ToString());
            WriteByRisk(json, "maxBreaks", MaxBreaks);
            WriteByRisk(json, "maxWrong", MaxWrong);
            json.WriteNumber("warnChangedShare", WarnChangedShare);
            json.WriteNumber("maxChangedShare", MaxChangedShare);
            json.WriteNumber("maxChangedShareHighRisk", MaxChangedShareHighRisk);
            json.WriteNumber("sliceP", SliceP);
            json.WriteBoolean("replayTwice", ReplayTwice);
            json.WriteEndObject();
        }
        return CanonicalJson.Of(bytes.ToArray());
    }

    /// <summary>Name of these thresholds: approvals under other thresholds do not count.</summary>
    public string Digest() => BundleDigest.Of(Encoding.UTF8.GetBytes(Canonical()));

    private static double Pick((double Low, double Medium, double High) by, RiskClass risk) => risk switch
    {
        RiskClass.High => by.High,
        RiskClass.Medium => by.Medium,
        _ => by.Low,
    };

    private static void WriteByRisk(Utf8JsonWriter json, string name, (double Low, double Medium, double High) by)
    {
        json.WriteStartArray(name);
        json.WriteNumberValue(by.Low);
        json.WriteNumberValue(by.Medium);
        json.WriteNumberValue(by.High);
        json.WriteEndArray();
    }
}
