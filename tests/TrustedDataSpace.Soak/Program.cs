using System.Diagnostics;
using System.Globalization;
using TrustedDataSpace.Testing.Restart;

// "walks [ROUNDS]": kills each side behind each step of the ways that people and programs drive by hand, 3 rounds by default.
if (args is ["walks", ..])
{
    var walks = await WalkRun.RunAsync(args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 3);
    await Console.Out.WriteAsync(walks.ToTable());
    foreach (var problem in walks.Problems)
    {
        await Console.Error.WriteLineAsync(problem);
    }

    return walks.Problems.Count == 0 ? 0 : 1;
}

// "receipts [KILLS [SEED]]": kills either connector while records are signed, exchanged and submitted, 100 times by default; then all is settled.
if (args is ["receipts", ..])
{
    var aimed = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 100;
    var choices = new Dice(args.Length > 2 ? ulong.Parse(args[2], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) : null);
    await Console.Error.WriteLineAsync($"{aimed} kills, seed {choices.SeedText}");
    var receipts = await ReceiptKillRun.RunAsync(aimed, choices, clears: true);
    await Console.Out.WriteAsync(receipts.ToTable());
    foreach (var problem in receipts.Problems)
    {
        await Console.Error.WriteLineAsync(problem);
    }

    return receipts.Problems.Count == 0 ? 0 : 1;
}

// "steps [ROUNDS]": kills each side in each state of a negotiation and of a transfer that go on by themselves, 7 rounds (105 kills) by default.
if (args is ["steps", ..])
{
    var steps = await StepRun.RunAsync(args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 7);
    await Console.Out.WriteAsync(steps.ToTable());
    foreach (var problem in steps.Books.Problems)
    {
        await Console.Error.WriteLineAsync(problem);
    }

    return steps.Books.Problems.Count == 0 ? 0 : 1;
}

// "log [KILLS [SEED]]": kills an authority while a member appends to its log, 200 times by default.
if (args is ["log", ..])
{
    var times = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 200;
    var rolls = new Dice(args.Length > 2 ? ulong.Parse(args[2], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) : null);
    await Console.Error.WriteLineAsync($"{times} kills, seed {rolls.SeedText}");
    using var log = new LogKillRun();
    var watch = Stopwatch.StartNew();
    await log.RunAsync(times, rolls);
    await Console.Out.WriteAsync(log.ToTable(times, rolls.SeedText, watch.Elapsed));
    return 0;
}

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
