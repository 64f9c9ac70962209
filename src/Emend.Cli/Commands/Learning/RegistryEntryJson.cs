using System.Text;
using System.Text.Json;
using Emend.Engine;
using Emend.Engine.Normalizing;
using Emend.Engine.Releasing;
using Emend.Logic;
using Emend.Logic.Rules;

namespace Emend.Cli.Commands.Learning;

/// <summary>
/// A registry entry as one file that stands by itself: <c>bundle</c> and <c>report</c> are canonical JSON, so whoever has the file can
/// hash them and compare with <c>digest</c> and <c>evaluation.report</c>.
/// </summary>
internal static class RegistryEntryJson
{
    /// <summary>Name of the shape.</summary>
    public const string Schema = "emend/registry-entry/v1";

    /// <summary>The entry, canonical JSON.</summary>
    public static string Of(EmendEngine engine, Candidate candidate)
    {
        var bundle = engine.Ledger.Bundle(candidate.Digest)!;
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteString("schema", Schema);
            json.WritePropertyName("entry");
            CandidateJson.Write(json, engine, candidate);
            json.WritePropertyName("bundle");
            json.WriteRawValue(BundleJson.Write(bundle));
            json.WriteStartArray("submitters");
            foreach (var person in candidate.Submitters) json.WriteStringValue(engine.Ledger.NameOf(person));
            json.WriteEndArray();
            json.WriteStartArray("writtenRules");
            foreach (var rule in bundle.Rules.Where(static rule => rule.Origin == RuleOrigin.Written))
            {
                json.WriteStartObject();
                json.WriteString("id", rule.Id);
                json.WriteStartArray("authors");
                foreach (var author in engine.Written.Authors(bundle.Agent, rule.Id)) json.WriteStringValue(engine.Ledger.NameOf(author));
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndArray();
            if (engine.Snapshots.Of(candidate.Digest) is { } snapshot)
            {
                json.WriteStartObject("builtFrom");
                json.WritePropertyName("agent");
                json.WriteRawValue(AgentJson.Write(snapshot.Agent));
                json.WriteNumber("entries", snapshot.UpTo);
                json.WriteString("preset", snapshot.Preset.ToString().ToLowerInvariant());
                json.WriteEndObject();
            }
            if (engine.Ledger.Report(candidate.Digest) is { } report)
            {
                json.WritePropertyName("report");
                json.WriteRawValue(report);
            }
            json.WriteEndObject();
        }
        return CanonicalJson.Of(Encoding.UTF8.GetString(bytes.ToArray()));
    }
}
