using System.Text;

namespace SupportDeskAgent;

/// <summary>What the agent proposes for one message, how sure it is (a probability, 0 to 1), and what came second, null when nothing else spoke.</summary>
internal sealed record Proposal(string Queue, double Confidence, string? RunnerUp);

/// <summary>The agent. It adds up the words it knows and takes the queue with the highest sum; it reads the text and nothing else.</summary>
internal static class Router
{
    /// <summary>Softmax temperature: a sum one point ahead of another is e times as likely.</summary>
    private const double Temperature = 1.0;

    public static Proposal Route(string text)
    {
        var words = Normalize(text);
        var queues = OldHandbook.Queues;
        var scores = new double[queues.Count];
        for (var i = 0; i < scores.Length; i++)
            foreach (var (term, weight) in queues[i].Terms)
                if (Says(words, term))
                    scores[i] += weight;

        var best = Highest(scores, except: -1);
        var second = Highest(scores, except: best);
        var sum = 0.0;
        foreach (var score in scores)
            sum += Math.Exp((score - scores[best]) / Temperature);

        var queue = scores[best] > 0 ? queues[best].Queue : OldHandbook.Fallback;
        return new(queue, Math.Round(1 / sum, 3, MidpointRounding.ToEven), scores[second] > 0 ? queues[second].Queue : null);
    }

    private static int Highest(double[] scores, int except)
    {
        var highest = except == 0 ? 1 : 0;
        for (var i = highest + 1; i < scores.Length; i++)
            if (i != except && scores[i] > scores[highest])
                highest = i;
        return highest;
    }

    /// <summary>Lower case, apostrophes dropped, anything else that is no letter or digit a space, one space at either end.</summary>
    private static string Normalize(string text)
    {
        var words = new StringBuilder(" ", text.Length + 2);
        foreach (var c in text)
        {
            if (c == '\'') continue;
            if (char.IsLetterOrDigit(c)) words.Append(char.ToLowerInvariant(c));
            else if (words[^1] != ' ') words.Append(' ');
        }

        if (words[^1] != ' ') words.Append(' ');
        return words.ToString();
    }

    private static bool Says(string words, string term)
        => words.Contains(term.EndsWith('*') ? $" {term[..^1]}" : $" {term} ", StringComparison.Ordinal);
}
