using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Emend.Logic.Corrector;

namespace Emend.Logic.Tests.Corrector;

public class Scoring_alike_everywhere
{
    [Fact]
    public void its_exponential_and_logarithm_are_right()
    {
        var random = new Random(20);
        for (var i = 0; i < 20_000; i++)
        {
            var x = random.NextDouble() * 1400 - 700;
            Assert.Equal(1, StableMath.Exp(x) / Math.Exp(x), 1e-11);
            var y = Math.Exp(x);
            Assert.Equal(Math.Log(y), StableMath.Log(y), Math.Max(1, Math.Abs(x)) * 1e-11);
        }
        Assert.Equal(0, StableMath.Exp(double.NegativeInfinity));
        Assert.Equal(0.5, StableMath.Chance(StableMath.LogOdds(0.5)));
    }

    // The keys are part of the format: a bundle of today must be read alike by every later version and on every machine.
    [Fact]
    public void its_keys_stay_what_they_are()
    {
        var keys = new Keys { All = [] };
        var context = Context.Of([new("amount", FeatureValue.Of(99.5)), new("vip", FeatureValue.Of(true)), new("tags", FeatureValue.OfSet(["b", "a"]))], "route", "Can't pay, größer");
        CaseFeatures.Read(new(context, new("refund"), 0.7, 0), ref keys);
        Span<uint> parts = stackalloc uint[CaseFeatures.Parts(3)];
        CaseFeatures.ReadParts("pay", parts);
        keys.All.AddRange(parts);
        Assert.Equal((23, "492a9869de4025b2"), (keys.All.Count, Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(keys.All.ToArray().AsSpan())))[..16]));
    }

    [Fact]
    public void a_word_has_the_parts_it_is_counted_with()
    {
        var keys = new uint[3 * CaseFeatures.LongestWord];
        for (var length = 1; length <= CaseFeatures.LongestWord; length++)
            Assert.Equal(CaseFeatures.Parts(length), CaseFeatures.ReadParts(new string('a', length), keys));
    }

    private struct Keys : ICaseFeatures
    {
        public List<uint> All;
        public readonly void Word(scoped ReadOnlySpan<char> word, uint key) => All.Add(key);
        public readonly void Pair(uint key) => All.Add(key);
        public readonly void Typed(uint key) => All.Add(key);
    }
}
