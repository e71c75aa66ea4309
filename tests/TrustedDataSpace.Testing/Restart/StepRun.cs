using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace TrustedDataSpace.Testing.Restart;

/// <summary>The long run of <see cref="StepKills"/>: each side killed in each state of a negotiation and of a transfer, so many rounds.</summary>
public sealed record StepRun(int Rounds, int Kills, Books Books, TimeSpan Time)
{
    private const string Product = "curves";

    /// <summary>Runs it.</summary>
    public static async Task<StepRun> RunAsync(int rounds)
    {
        var watch = Stopwatch.StartNew();
        await using var space = await KillableSpace.StartAsync();
        await space.PublishAsync(Product);
        for (var round = 0; round < rounds; round++)
        {
            await RoundAsync(space, Product);
        }

        var books = await Books.CloseAsync(space, new Dictionary<string, int>());
        return new StepRun(rounds, space.Members.Sum(member => member.Kills), books, watch.Elapsed);
    }

    /// <summary>One round: 9 negotiations and 6 transfers, each with one kill; or 5 and 3, with the sides in turn.</summary>
    public static async Task RoundAsync(KillableSpace space, string product, bool inTurn = false)
    {
        var turn = 0;
        IEnumerable<Member> Victims() => !inTurn ? [space.Consumer, space.Provider] : turn++ % 2 == 0 ? [space.Consumer] : [space.Provider];
        var steps = new StepKills(space, product);
        var agreement = "";
        foreach (var state in StepKills.NegotiationStates)
        {
            foreach (var victim in Victims())
            {
                agreement = await steps.NegotiateAsync(victim, state);
            }
        }

        // The authority is asked for tokens, for the peer and for the filing: killed at the first step it misses them all.
        await steps.NegotiateAsync(space.Authority, StepKills.NegotiationStates[0]);
        foreach (var state in StepKills.TransferStates)
        {
            foreach (var victim in Victims())
            {
                await steps.TransferAsync(agreement, victim, state);
            }
        }
    }

    /// <summary>For the report: Markdown.</summary>
    public string ToTable()
    {
        var table = new StringBuilder("| what | how many |\n|---|---|\n");
        table.Append(CultureInfo.InvariantCulture, $"| rounds, each side killed in each state | {Rounds} |\n");
        table.Append(CultureInfo.InvariantCulture, $"| kills | {Kills} |\n");
        table.Append(CultureInfo.InvariantCulture, $"| negotiations finished | {Books.Negotiations} |\n");
        table.Append(CultureInfo.InvariantCulture, $"| transfers finished | {Books.Transfers} |\n");
        table.Append(CultureInfo.InvariantCulture, $"| evidence entries | {Books.Entries} |\n");
        table.Append(CultureInfo.InvariantCulture, $"| differences found | {Books.Problems.Count} |\n");
        table.Append(CultureInfo.InvariantCulture, $"| time | {Time.TotalSeconds:F0} s |\n");
        return table.ToString();
    }
}
