using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Emend.Logic.Corrector;

/// <summary>A corrector as canonical JSON: what stands in a bundle.</summary>
public static class CorrectorJson
{
    private const int RowHead = 7; // key, scale, count

    /// <summary>Writes it. Numbers are rounded to what serving needs first, so that reading gives back what was written.</summary>
    public static string Write(CorrectorModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var text = new StringBuilder(model.Rows.Length * 48 + 4096);
        var to = new Members(text);
        to.Open("answers");
        foreach (var answer in model.Answers)
        {
            var item = to.Item();
            item.String("action", answer.Label);
            if (answer.IsCertified) item.Raw("certified", "true");
            item.Integer("truths", answer.Truths);
            item.End();
        }
        to.Close();
        if (model.Certificate is { } certificate)
        {
            to.Raw("certificate", string.Create(CultureInfo.InvariantCulture,
                $"{{\"alpha\":{CanonicalJson.Number(certificate.Alpha)},\"breaks\":{certificate.Breaks},\"changed\":{certificate.Changed},\"delta\":{CanonicalJson.Number(certificate.Delta)},\"from\":\"{CanonicalJson.Instant(certificate.From)}\",\"through\":\"{CanonicalJson.Instant(certificate.Through)}\",\"wasted\":{certificate.Wasted}}}"));
        }
        to.Raw("leastKnown", CanonicalJson.Number(model.LeastKnown));
        to.Raw("neverRightFrom", CanonicalJson.Number(model.NeverRightFrom));
        to.Raw("odds", "[" + string.Join(',', model.Odds.Select(static w => CanonicalJson.Number(w))) + "]");
        if (!model.Proposals.IsEmpty)
        {
            to.Open("proposals");
            foreach (var proposal in model.Proposals)
            {
                var item = to.Item();
                item.String("action", proposal.Label);
                if (!proposal.Became.IsEmpty) item.Raw("became", "[" + string.Join(',', proposal.Became.Select(static b => string.Create(CultureInfo.InvariantCulture, $"[{b.Answer},{b.Count}]"))) + "]");
                if (proposal.IsNeverRight) item.Raw("neverRight", "true");
                if (proposal.IsOff) item.Raw("off", "true");
                item.Integer("reviewed", proposal.Reviewed);
                item.Integer("right", proposal.Right);
                item.End();
            }
            to.Close();
        }
        to.Raw("record", string.Create(CultureInfo.InvariantCulture, $"{{\"reviewed\":{model.Record.Reviewed},\"right\":{model.Record.Right}}}"));
        to.Integer("reviewed", model.Reviewed);
        to.String("rows", Convert.ToBase64String(RowBytes(model.Rows)));
        to.String("schema", CorrectorModel.Schema);
        if (model.Threshold is { } threshold) to.Raw("threshold", CanonicalJson.Number(threshold));
        to.End();
        return text.ToString();
    }

    /// <summary>Reads it, strictly: what a corrector cannot be is refused with the place.</summary>
    /// <exception cref="JsonException">Not JSON, not a corrector, or not sound; the message starts with the path.</exception>
    public static CorrectorModel Read(string json)
    {
        using var document = CanonicalJson.Parse(Encoding.UTF8.GetBytes(json), maxDepth: 16);
        return Read(document.RootElement);
    }

    private static CorrectorModel Read(JsonElement element)
    {
        var from = new MemberReader(element, "a corrector");
        var schema = from.String("schema");
        if (schema != CorrectorModel.Schema) throw new LogicJsonException($"expected {CorrectorModel.Schema}, found {schema}").Under(".schema");
        var model = new CorrectorModel
        {
            Answers = from.Items("answers", ReadAnswer),
            Certificate = from.Member("certificate", ReadCertificate),
            LeastKnown = Number(from, "leastKnown") ?? 0.5,
            NeverRightFrom = Number(from, "neverRightFrom") ?? 0.5,
            Odds = from.Items("odds", ReadNumber),
            Proposals = from.Items("proposals", ReadProposal),
            Record = Boxed(from.Member("record", ReadRecord)),
            Reviewed = from.Integer("reviewed", 0),
            Rows = ReadRows(from.String("rows")),
            Threshold = Number(from, "threshold"),
        };
        from.Done();
        foreach (var problem in CorrectorProblems.Of(model)) throw new LogicJsonException(problem);
        return model;
    }

    private static byte[] RowBytes(ImmutableArray<CorrectorRow> rows)
    {
        var bytes = new byte[rows.Sum(static row => RowHead + 2 * row.Weights.Length)];
        var at = bytes.AsSpan();
        foreach (var row in rows)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(at, row.Key);
            BinaryPrimitives.WriteHalfLittleEndian(at[4..], row.Scale);
            at[6] = (byte)(row.Weights.Length - 1);
            at = at[RowHead..];
            foreach (var (answer, steps) in row.Weights)
            {
                at[0] = answer;
                at[1] = (byte)steps;
                at = at[2..];
            }
        }
        return bytes;
    }

    private static ImmutableArray<CorrectorRow> ReadRows(string base64)
    {
        byte[] bytes;
        try
        {
            bytes = Convert.FromBase64String(base64);
        }
        catch (FormatException)
        {
            throw new LogicJsonException("not base64").Under(".rows");
        }
        var rows = ImmutableArray.CreateBuilder<CorrectorRow>();
        for (ReadOnlySpan<byte> at = bytes; !at.IsEmpty;)
        {
            var count = at.Length < RowHead ? 0 : at[6] + 1;
            if (count == 0 || at.Length < RowHead + 2 * count) throw new LogicJsonException($"ends inside row {rows.Count}").Under(".rows");
            var weights = ImmutableArray.CreateBuilder<(byte, sbyte)>(count);
            for (var i = 0; i < count; i++) weights.Add((at[RowHead + 2 * i], (sbyte)at[RowHead + 2 * i + 1]));
            rows.Add(new(BinaryPrimitives.ReadUInt32LittleEndian(at), BinaryPrimitives.ReadHalfLittleEndian(at[4..]), weights.MoveToImmutable()));
            at = at[(RowHead + 2 * count)..];
        }
        return rows.DrainToImmutable();
    }

    private static CorrectorAnswer ReadAnswer(JsonElement element)
    {
        var from = new MemberReader(element, "an answer");
        var answer = new CorrectorAnswer(from.String("action"), from.Integer("truths", 0), from.Flag("certified"));
        from.Done();
        return answer;
    }

    private static CorrectorProposal ReadProposal(JsonElement element)
    {
        var from = new MemberReader(element, "a proposal");
        var proposal = new CorrectorProposal(from.String("action"), from.Integer("reviewed", 0), from.Integer("right", 0), from.Flag("neverRight"), from.Flag("off"), from.Items("became", ReadBecame));
        from.Done();
        return proposal;
    }

    private static (int, int) ReadBecame(JsonElement element) =>
        element.ValueKind == JsonValueKind.Array && element.GetArrayLength() == 2
        && element[0].ValueKind == JsonValueKind.Number && element[0].TryGetInt32(out var answer)
        && element[1].ValueKind == JsonValueKind.Number && element[1].TryGetInt32(out var count)
            ? (answer, count)
            : throw new LogicJsonException("expected [answer, count]");

    private static CorrectorCertificate ReadCertificate(JsonElement element)
    {
        var from = new MemberReader(element, "a certificate");
        var certificate = new CorrectorCertificate(
            Number(from, "alpha") ?? throw new LogicJsonException("a certificate needs `alpha`"),
            Number(from, "delta") ?? throw new LogicJsonException("a certificate needs `delta`"),
            from.Integer("changed", 0),
            from.Integer("breaks", 0),
            from.Integer("wasted", 0),
            from.InstantOrNull("from") ?? throw new LogicJsonException("a certificate needs `from`"),
            from.InstantOrNull("through") ?? throw new LogicJsonException("a certificate needs `through`"));
        from.Done();
        return certificate;
    }

    private static object ReadRecord(JsonElement element)
    {
        var from = new MemberReader(element, "a record");
        var record = new CorrectorRecord(from.Integer("reviewed", 0), from.Integer("right", 0));
        from.Done();
        return record;
    }

    private static CorrectorRecord Boxed(object? record) => record is CorrectorRecord known ? known : throw new LogicJsonException("a corrector needs `record`");

    private static double ReadNumber(JsonElement element) =>
        element.ValueKind == JsonValueKind.Number ? CanonicalJson.NumberOf(element) : throw new LogicJsonException("expected a number");

    private static double? Number(MemberReader from, string name) => from.Member<object>(name, static element => ReadNumber(element)) as double?;
}
