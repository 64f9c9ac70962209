using System.Security.Cryptography;
using System.Text;

namespace Emend.Engine.Releasing;

internal sealed record ShownIsStale()
    : Refusal("access.shown-stale", "what you were shown is not what is there now; look at it again and decide anew");

/// <summary>Names what a person was shown, so that they decide about that and nothing else.</summary>
internal static class Shown
{
    /// <summary>Name of some facts, in their order.</summary>
    public static string Of(params ReadOnlySpan<string?> facts)
    {
        var text = new StringBuilder("emend/shown/v1");
        // Lengths first: no two lists of facts read as the same text.
        foreach (var fact in facts) text.Append('\n').Append(fact?.Length ?? -1).Append(' ').Append(fact);
        return "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    /// <summary>What somebody sees who starts or advances a release: the board, the candidate and the report it is judged by.</summary>
    public static string Of(ReleaseView view) => Of(
        view.Board.Agent, view.Board.Version.ToString(System.Globalization.CultureInfo.InvariantCulture), view.Candidate?.Digest ?? view.Board.Current?.Candidate, view.Candidate?.Evaluation?.Report);
}
