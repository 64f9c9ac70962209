namespace Emend.Engine.Trust.Crowd;

/// <summary>How answers of several people become one.</summary>
internal enum CrowdMethod : byte
{
    /// <summary>What most say.</summary>
    Majority,
    /// <summary>Dawid-Skene with whole answers in place of shares between two steps: fast, and as good where people answer often.</summary>
    Fast,
    /// <summary>Dawid-Skene: everybody has a table of what they say when something is so.</summary>
    DawidSkene,
    /// <summary>Everybody has one number: how often they are right.</summary>
    OneCoin,
}

/// <summary>What a crowd says of each item, and how good each of them is.</summary>
/// <param name="Method">How it was found.</param>
/// <param name="Votes">The votes.</param>
/// <param name="Posterior">Probability of each label, by item.</param>
/// <param name="Quality">How often each worker says what is so, averaged over the labels as frequent as they are; NaN for who did not answer.</param>
/// <param name="Rounds">Rounds until nothing moved any more.</param>
internal sealed record CrowdEstimate(CrowdMethod Method, CrowdLabels Votes, double[][] Posterior, double[] Quality, int Rounds)
{
    /// <summary>The likeliest label of an item, and how likely it is; of equally likely ones the first by name.</summary>
    public (string Label, double Probability) Best(int item)
    {
        var best = BestNumber(item);
        return (Votes.Labels[best], Posterior[item][best]);
    }

    /// <summary>Number of the likeliest label of an item.</summary>
    public int BestNumber(int item) => BestOf(Posterior[item]);

    /// <summary>Share of known answers that it finds.</summary>
    /// <param name="known">Label number by item; -1: not known.</param>
    public double Accuracy(ReadOnlySpan<int> known)
    {
        var (right, all) = (0, 0);
        for (var item = 0; item < known.Length; item++)
        {
            if (known[item] < 0) continue;
            all++;
            if (BestNumber(item) == known[item]) right++;
        }
        return all == 0 ? double.NaN : (double)right / all;
    }

    internal static int BestOf(ReadOnlySpan<double> shares)
    {
        var best = 0;
        for (var label = 1; label < shares.Length; label++)
            if (shares[label] > shares[best]) best = label;
        return best;
    }
}
