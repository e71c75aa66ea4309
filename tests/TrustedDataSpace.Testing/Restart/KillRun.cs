using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace TrustedDataSpace.Testing.Restart;

/// <summary>One run: a space under load whose programs are killed again and again, and what its books say at the end.</summary>
public sealed partial record KillRun(string Seed, IReadOnlyDictionary<string, int> Kills, long Answered, long Retried, Books Books, IReadOnlyDictionary<string, int> Settled, TimeSpan Time)
{
    private const string Traffic = "traffic";
    private const string Limited = "limited";
    private const string Contracts = "contracts";
    private const string Logged = "logged";
    private const int Applications = 4;

    /// <summary>Runs it.</summary>
    /// <param name="kills">How many.</param>
    /// <param name="dice">Choices.</param>
    public static async Task<KillRun> RunAsync(int kills, Dice dice)
    {
        var watch = Stopwatch.StartNew();
        await using var space = await KillableSpace.StartAsync();
        var limit = kills * 10;
        await space.PublishAsync(Traffic);
        await space.PublishAsync(Limited, limit);
        await space.PublishAsync(Contracts);
        await space.PublishAsync(Logged, logged: true);
        var (traffic, limited, logged) = (await space.ContractAsync(Traffic), await space.ContractAsync(Limited), await space.ContractAsync(Logged));
        await using var load = new Load(space, dice);
        load.Read(traffic, Applications);
        load.Read(limited, 2);
        load.Read(logged, 1);
        load.Negotiate(Contracts);
        await new Killer(space, load, dice).RunAsync(kills);
        await load.StopAsync();

        // A use that was given back may be used: after everybody was told "no more", the limit is reached exactly.
        var uses = new Dictionary<string, int> { [limited.Agreement] = limit };
        while (await load.ReadAsync(limited))
        {
        }

        var books = await Books.CloseAsync(space, uses, [logged.Agreement]);
        return new KillRun(
            dice.SeedText, space.Members.ToDictionary(member => member.Name, member => member.Kills), load.Answered, load.Retried, books, SettledIn(space.Members), watch.Elapsed);
    }

    /// <summary>For the report: Markdown.</summary>
    public string ToTable()
    {
        var table = new StringBuilder("| what | how many |\n|---|---|\n");
        Add(table, "seed", $"`{Seed}`");
        foreach (var (name, count) in Kills)
        {
            Add(table, "kills of the " + name, count);
        }

        Add(table, "requests answered in full", Answered);
        Add(table, "attempts made again", Retried);
        foreach (var (how, count) in Settled)
        {
            Add(table, "interrupted uses: " + how, count);
        }

        Add(table, "negotiations finished", Books.Negotiations);
        Add(table, "transfers finished", Books.Transfers);
        Add(table, "pairs of equal records", Books.Records);
        Add(table, "uses announced in the log before their release", Books.Announced);
        Add(table, "evidence entries", Books.Entries);
        Add(table, "differences found", Books.Problems.Count);
        Add(table, "time", string.Create(CultureInfo.InvariantCulture, $"{Time.TotalSeconds:F0} s"));
        return table.ToString();
    }

    private static void Add(StringBuilder table, string what, object value) => table.Append(CultureInfo.InvariantCulture, $"| {what} | {value} |\n");

    private static Dictionary<string, int> SettledIn(IEnumerable<Member> members) => members
        .SelectMany(member => SettledLine().Matches(member.Log).Select(match => match.Groups[1].Value))
        .CountBy(how => how).OrderBy(entry => entry.Key, StringComparer.Ordinal).ToDictionary();

    [GeneratedRegex(@"interrupted use \S+ of flow \S+ is settled: (\w+)")]
    private static partial Regex SettledLine();
}
