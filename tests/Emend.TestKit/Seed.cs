namespace Emend.TestKit;

/// <summary>Seeded randomness for tests: the seed is printed, and <c>EMEND_SEED</c> replays it.</summary>
public static class Seed
{
    /// <summary>A generator whose seed is on the test's output.</summary>
    public static Random Next([System.Runtime.CompilerServices.CallerMemberName] string test = "")
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("EMEND_SEED"), out var set) ? set : BitConverter.ToInt32(System.Security.Cryptography.RandomNumberGenerator.GetBytes(4));
        Console.WriteLine($"{test}: EMEND_SEED={seed}");
#pragma warning disable CA5394 // Chance for tests, not for secrets.
        return new Random(seed);
#pragma warning restore CA5394
    }
}
