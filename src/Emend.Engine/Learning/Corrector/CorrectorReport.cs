using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Emend.Logic;
using Emend.Logic.Corrector;

namespace Emend.Engine.Learning.Corrector;

/// <summary>What overrides of at least one chance did to randomly reviewed cases, each scored before it was learned from.</summary>
/// <param name="Chance">Chance of a fix against a break.</param>
/// <param name="Fixes">Wrong proposals put right.</param>
/// <param name="Breaks">Right proposals spoiled.</param>
/// <param name="Wasted">Wrong before and after.</param>
internal readonly record struct CorrectorStep(double Chance, int Fixes, int Breaks, int Wasted);

/// <summary>What training a corrector came to.</summary>
internal sealed record CorrectorReport
{
    /// <summary>Cases it learned from.</summary>
    public required int Trained { get; init; }
    /// <summary>Of them, those drawn for review at random: what may certify.</summary>
    public required int Audited { get; init; }
    /// <summary>Chance from which it acts; null: shadow.</summary>
    public double? Threshold { get; init; }
    /// <summary>What licenses it.</summary>
    public CorrectorCertificate? Certificate { get; init; }
    /// <summary>Which certificate of the agent it is, or would be; null where there is only one.</summary>
    public int? Number { get; init; }
    /// <summary>The corrector was suspended for harm then: only decisions made since license it; null while it may act.</summary>
    public long? OnlySince { get; init; }
    /// <summary>The test, strictest first.</summary>
    public ImmutableArray<CorrectorStep> Steps { get; init; } = [];
    /// <summary>Slices it is switched off for: <c>proposed LABEL</c> or <c>action LABEL</c>.</summary>
    public ImmutableArray<string> Off { get; init; } = [];
    /// <summary>Randomly reviewed decisions still missing for a certificate at the rate seen so far, if all goes well; null when there is one.</summary>
    public long? MissingAudits { get; init; }

    /// <summary>The whole in a sentence or two, for people.</summary>
    public string Says()
    {
        if (Certificate is { } proof)
        {
            var off = Off.IsEmpty ? "" : $" Switched off where it did harm: {string.Join(", ", Off)}.";
            return string.Create(CultureInfo.InvariantCulture, $"Acts from a chance of {Threshold:0.00} that it fixes rather than breaks. Certificate: {proof.Breaks} of {proof.Changed} overrides of randomly reviewed decisions broke a right one ")
                + string.Create(CultureInfo.InvariantCulture, $"({proof.Wasted} more were wrong before and after), so at most {100 * proof.Alpha:0.#} % do, with {100 * (1 - proof.Delta):0.#} % confidence; decisions of {Day(proof.From)} to {Day(proof.Through)}.{NumberSays()}{off}{SinceSays()}");
        }
        var most = Steps.IsEmpty ? default : Steps[^1];
        var seen = string.Create(CultureInfo.InvariantCulture, $"In shadow: trained on {Trained} reviewed decisions, {Audited} of them drawn at random, where it would have fixed {most.Fixes} and broken {most.Breaks} at a chance of {most.Chance:0.00}. ");
        return seen + string.Create(CultureInfo.InvariantCulture, $"About {MissingAudits:N0} more randomly reviewed decisions are missing for a certificate, if none of its overrides breaks anything.")
            + SinceSays() + (Audited == 0 ? " Corrections people volunteer teach it; they never license it." : "");
    }

    private string NumberSays() => Number is { } number ? string.Create(CultureInfo.InvariantCulture, $" Certificate {number} of this agent: each is surer than the last, so that all of them together are as sure as one was to be.") : "";

    private string SinceSays() => OnlySince is { } since ? $" It was suspended for harm on {Day(since)}: only decisions made since license it again." : "";

    private static string Day(long at) => CanonicalJson.Instant(at)[..10];

    /// <summary>Writes one JSON object.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber("trained", Trained);
        json.WriteNumber("audited", Audited);
        if (Threshold is { } threshold) json.WriteNumber("threshold", threshold);
        else json.WriteNull("threshold");
        if (Certificate is { } certificate)
        {
            json.WriteStartObject("certificate");
            json.WriteNumber("alpha", certificate.Alpha);
            json.WriteNumber("delta", Math.Round(certificate.Delta, 6));
            json.WriteNumber("changed", certificate.Changed);
            json.WriteNumber("breaks", certificate.Breaks);
            json.WriteNumber("wasted", certificate.Wasted);
            json.WriteString("from", CanonicalJson.Instant(certificate.From));
            json.WriteString("through", CanonicalJson.Instant(certificate.Through));
            json.WriteEndObject();
        }
        if (Number is { } number) json.WriteNumber("number", number);
        if (OnlySince is { } since) json.WriteString("onlySince", CanonicalJson.Instant(since));
        json.WriteStartArray("steps");
        foreach (var step in Steps)
        {
            json.WriteStartObject();
            json.WriteNumber("chance", step.Chance);
            json.WriteNumber("fixes", step.Fixes);
            json.WriteNumber("breaks", step.Breaks);
            json.WriteNumber("wasted", step.Wasted);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("off");
        foreach (var slice in Off) json.WriteStringValue(slice);
        json.WriteEndArray();
        if (MissingAudits is { } missing) json.WriteNumber("missingAudits", missing);
        json.WriteEndObject();
    }
}
