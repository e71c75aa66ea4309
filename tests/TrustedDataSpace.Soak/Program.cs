using System.Globalization;
using TrustedDataSpace.Testing.Restart;

// Kills the programs of a space under load and prints, as Markdown, what its books say: [KILLS [SEED]], 200 kills by default.
var kills = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 200;
var dice = new Dice(args.Length > 1 ? ulong.Parse(args[1], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) : null);
await Console.Error.WriteLineAsync($"{kills} kills, seed {dice.SeedText}");
var run = await KillRun.RunAsync(kills, dice);
await Console.Out.WriteAsync(run.ToTable());
foreach (var problem in run.Books.Problems)
{
    await Console.Error.WriteLineAsync(problem);
}

return run.Books.Problems.Count == 0 ? 0 : 1;
