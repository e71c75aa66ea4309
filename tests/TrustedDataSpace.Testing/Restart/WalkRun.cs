using System.Diagnostics;
using System.Globalization;
using System.Text;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Testing.Restart;

/// <summary>The long run of <see cref="WalkKills"/>: each side killed behind each step of each walk, so many rounds.</summary>
public sealed record WalkRun(int Rounds, IReadOnlyDictionary<string, int> Walks, int Agreements, int Kills, IReadOnlyList<string> Problems, TimeSpan Time)
{
    private const string Product = "curves";

    /// <summary>Runs it.</summary>
    public static async Task<WalkRun> RunAsync(int rounds)
    {
        var watch = Stopwatch.StartNew();
        await using var space = await KillableSpace.StartAsync();
        await space.PublishAsync(Product, negotiation: NegotiationModes.Manual);
        var kills = new WalkKills(space, Product);
        var agreements = new HashSet<string>();
        var walks = new Dictionary<string, int>();
        for (var round = 0; round < rounds; round++)
        {
            foreach (var victim in new[] { space.Consumer, space.Provider })
            {
                var agreement = await kills.TakeAsync(Walk.Agreeing, _ => victim);
                agreements.Add(agreement!);
                await kills.TakeAsync(Walk.Declining, _ => victim);
                await kills.TakeAsync(Walk.Transferring, _ => victim, agreement);
                foreach (var walk in new[] { Walk.Agreeing, Walk.Declining, Walk.Transferring })
                {
                    walks[walk.Name] = walks.GetValueOrDefault(walk.Name) + 1;
                }
            }
        }

        await kills.CheckAgreementsAsync(agreements);
        return new WalkRun(rounds, walks, agreements.Count, kills.Kills, kills.Problems, watch.Elapsed);
    }

    /// <summary>For the report: Markdown.</summary>
    public string ToTable()
    {
        var table = new StringBuilder("| what | how many |\n|---|---|\n");
        table.Append(CultureInfo.InvariantCulture, $"| rounds, each with both sides as the victim | {Rounds} |\n");
        foreach (var (walk, count) in Walks)
        {
            table.Append(CultureInfo.InvariantCulture, $"| {walk}, to its end | {count} |\n");
        }

        table.Append(CultureInfo.InvariantCulture, $"| kills, one behind each step | {Kills} |\n");
        table.Append(CultureInfo.InvariantCulture, $"| agreements, each kept once by both | {Agreements} |\n");
        table.Append(CultureInfo.InvariantCulture, $"| transitions lost or doubled | {Problems.Count} |\n");
        table.Append(CultureInfo.InvariantCulture, $"| time | {Time.TotalSeconds:F0} s |\n");
        return table.ToString();
    }
}
