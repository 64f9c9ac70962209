using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Emend.Engine.Serving;

namespace Emend.Server.Api;

/// <summary>Manifests as server-sent events, written once for all who are sent them.</summary>
internal static class ManifestEvents
{
    private static readonly ConditionalWeakTable<SignedManifest, byte[]> Written = [];

    /// <summary>A comment, which clients pass over.</summary>
    public static ReadOnlyMemory<byte> Heartbeat { get; } = ": alive\n\n"u8.ToArray();

    /// <summary>The last event of a stream when the server ends: ask again, but not at once.</summary>
    public static ReadOnlyMemory<byte> Closing { get; } = "event: closing\nretry: 2000\ndata: the server is ending\n\n"u8.ToArray();

    /// <summary>The event: its id is the release counter, its data the note without its last line end.</summary>
    public static ReadOnlyMemory<byte> Of(SignedManifest manifest) => Written.GetValue(manifest, static one =>
    {
        var text = new StringBuilder(one.Note.Length + 256).Append(CultureInfo.InvariantCulture, $"event: manifest\nid: {one.Manifest.Counter}\n");
        foreach (var line in one.Note[..^1].Split('\n')) text.Append("data: ").Append(line).Append('\n');
        return Encoding.UTF8.GetBytes(text.Append('\n').ToString());
    });
}
