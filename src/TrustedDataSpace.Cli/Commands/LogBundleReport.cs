using System.Globalization;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Cli.Commands;

/// <summary>Verifies the folder of a log, and says what was found.</summary>
internal static class LogBundleReport
{
    /// <summary>Where the keys are from.</summary>
    public const string Given = "the ones you gave";

    private const int MostFaultsShown = 20;

    /// <param name="folder">The folder.</param>
    /// <param name="keys">The keys of the log that the asker trusts; null: those that the folder itself names.</param>
    /// <param name="witnesses">How many must have signed the head.</param>
    /// <param name="output">Where to.</param>
    public static Task<int> VerifyAsync(string folder, IReadOnlyList<PublicKey>? keys, int witnesses, TextWriter output)
    {
        var bundle = Open(folder);
        return VerifyAsync(bundle, keys ?? KeysOf(bundle), keys is null ? "as the folder says itself: compare them with the authority's, or give --key" : Given, witnesses, output);
    }

    /// <summary>The folder.</summary>
    /// <exception cref="CannotStartException">It is none of a log.</exception>
    public static LogBundle Open(string folder)
    {
        var bundle = new LogBundle(folder);
        return bundle.HasFormat
            ? bundle
            : throw new CannotStartException($"{Path.GetFullPath(folder)} is not the folder of a log: its file 'format' does not say {LogBundle.Format.TrimEnd()}.");
    }

    /// <summary>The keys of the log, as a source gives them.</summary>
    public static IReadOnlyList<PublicKey> KeysOf(ILogSource log) => [.. log.Keys().Log.Select(PublicKey.FromJwk)];

    /// <summary>The first faults.</summary>
    public static async Task FaultsAsync(IReadOnlyList<LogFault> faults, TextWriter output)
    {
        foreach (var fault in faults.Take(MostFaultsShown))
        {
            await output.WriteLineAsync($"{fault.Place}: {fault.Message}");
        }
    }

    /// <param name="log">The log.</param>
    /// <param name="keys">The keys that count.</param>
    /// <param name="whose">Where they are from.</param>
    /// <param name="witnesses">How many must have signed the head.</param>
    /// <param name="output">Where to.</param>
    public static async Task<int> VerifyAsync(ILogSource log, IReadOnlyList<PublicKey> keys, string whose, int witnesses, TextWriter output)
    {
        var found = new LogVerifier(log, keys).Run();
        await FaultsAsync(found.Faults, output);

        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"entries      {found.Size}"));
        await output.WriteLineAsync($"root         {found.Root} (recomputed)");
        if (!found.Valid)
        {
            await output.WriteLineAsync($"evidence NOT verified: {found.Faults.Count} fault{(found.Faults.Count == 1 ? "" : "s")}{(found.Faults.Count > MostFaultsShown ? $", the first {MostFaultsShown} shown" : "")}");
            return ExitCode.Failed;
        }

        await output.WriteLineAsync($"origin       {found.Head!.Origin}");
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"checkpoints  {found.Checkpoints}, each over the beginning of this log"));
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"signatures   {found.Signatures}"));
        await output.WriteLineAsync(found.Witnesses.Count == 0 ? "witnesses    none" : $"witnesses    {string.Join(", ", found.Witnesses)}");
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"time         hashing {found.Hashing.TotalSeconds:0.00} s, signatures {found.Signing.TotalSeconds:0.00} s"));
        await output.WriteLineAsync("keys         " + whose);
        if (found.Witnesses.Count < witnesses)
        {
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"evidence NOT verified: {found.Witnesses.Count} witnesses have signed the head, {witnesses} are wanted"));
            return ExitCode.Failed;
        }

        await output.WriteLineAsync("evidence verified");
        return ExitCode.Ok;
    }
}
