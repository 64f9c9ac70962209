namespace Emend.Engine.Evaluating.Replay;

/// <summary>A stream of cases that several workers take from in turns: whoever holds it fills its own buffer.</summary>
internal abstract class ReplaySource
{
    /// <summary>Puts the next cases into <paramref name="buffer"/>; 0 at the end.</summary>
    public abstract ValueTask<int> FillAsync(ReplayCase[] buffer, CancellationToken cancel);

    /// <summary>A sequence, read once.</summary>
    public static ReplaySource Of(IEnumerable<ReplayCase> cases) => new FromSequence(cases.GetEnumerator());

    /// <summary>An asynchronous sequence, read once.</summary>
    public static ReplaySource Of(IAsyncEnumerable<ReplayCase> cases, CancellationToken cancel = default) => new FromStream(cases.GetAsyncEnumerator(cancel));

    /// <summary>Lets go of the sequence.</summary>
    public abstract ValueTask CloseAsync();

    private sealed class FromSequence(IEnumerator<ReplayCase> cases) : ReplaySource
    {
        public override ValueTask<int> FillAsync(ReplayCase[] buffer, CancellationToken cancel)
        {
            var count = 0;
            while (count < buffer.Length && cases.MoveNext()) buffer[count++] = cases.Current;
            return new(count);
        }

        public override ValueTask CloseAsync()
        {
            cases.Dispose();
            return default;
        }
    }

    private sealed class FromStream(IAsyncEnumerator<ReplayCase> cases) : ReplaySource
    {
        public override async ValueTask<int> FillAsync(ReplayCase[] buffer, CancellationToken cancel)
        {
            var count = 0;
            while (count < buffer.Length && await cases.MoveNextAsync().ConfigureAwait(false)) buffer[count++] = cases.Current;
            return count;
        }

        public override ValueTask CloseAsync() => cases.DisposeAsync();
    }
}
