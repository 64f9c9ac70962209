using System.Globalization;

namespace SupportDeskAgent;

/// <summary>One line of messages.tsv: what the customer wrote, what the desk knows about it, and the queue that is right today.</summary>
internal sealed record Ticket(
    string Id, string Queue, string Channel, bool Vip, decimal? OrderValue, int? DaysSinceOrder, string Country, string? OrderStatus, string Customer, string Text)
{
    private const string Header = "queue\tchannel\tvip\torder_value\tdays_since_order\tcountry\torder_status\tcustomer\ttext";

    /// <exception cref="InvalidDataException">The file does not have the columns expected, or a cell cannot be read; the message names the line.</exception>
    public static IReadOnlyList<Ticket> ReadAll(string path)
    {
        var lines = File.ReadAllLines(path);
        if (lines.Length == 0 || lines[0] != Header)
            throw new InvalidDataException($"{path}:1: expected the columns {Header.Replace('\t', ' ')}");

        var tickets = new List<Ticket>(lines.Length - 1);
        for (var i = 1; i < lines.Length; i++)
        {
            try
            {
                tickets.Add(Parse(i, lines[i].Split('\t')));
            }
            catch (Exception bad) when (bad is FormatException or IndexOutOfRangeException)
            {
                throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"{path}:{i + 1}: {bad.Message}"), bad);
            }
        }

        return tickets;
    }

    private static Ticket Parse(int number, string[] cell) => new(
        Id: string.Create(CultureInfo.InvariantCulture, $"sd-{number:0000}"),
        Queue: cell[0],
        Channel: cell[1],
        Vip: bool.Parse(cell[2]),
        OrderValue: cell[3].Length == 0 ? null : decimal.Parse(cell[3], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture),
        DaysSinceOrder: cell[4].Length == 0 ? null : int.Parse(cell[4], NumberStyles.None, CultureInfo.InvariantCulture),
        Country: cell[5],
        OrderStatus: cell[6].Length == 0 ? null : cell[6],
        Customer: cell[7],
        Text: cell[8]);
}
