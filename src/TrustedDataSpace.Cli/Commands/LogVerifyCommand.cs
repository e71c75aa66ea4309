using System.CommandLine;
using System.Text;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Cli.Commands;

/// <summary><c>tds log verify FILE</c>: offline, in constant memory.</summary>
internal static class LogVerifyCommand
{
    private const int MostFaultsShown = 20;

    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "Export of an evidence log: a file, or a folder (--bundle)." };
        var key = new Option<string?>("--key")
        {
            Description = "The authority's public key, which you have from a source that you trust: a JWK, or a file with a JWK or a JWK set. Without it the file is only shown to be consistent in itself.",
            HelpName = "FILE|JWK",
        };
        var witnesses = new Option<int>("--witnesses") { Description = "How many members must have signed the head besides the log, by the keys that the folder names (folders only).", HelpName = "N" };
        var command = new Command("verify", "Verify an exported evidence log offline: every changed byte is found, and located to its line.") { file, key, witnesses };
        command.SetAction((parsed, _) => RunAsync(parsed.GetValue(file)!, parsed.GetValue(key), parsed.GetValue(witnesses), parsed.InvocationConfiguration.Output));
        return command;
    }

    private static async Task<int> RunAsync(string file, string? key, int witnesses, TextWriter output)
    {
        if (Directory.Exists(file))
        {
            return await LogBundleReport.VerifyAsync(file, key is null ? null : ReadKeys(key), witnesses, output);
        }

        if (!File.Exists(file))
        {
            throw new CannotStartException($"There is no file {Path.GetFullPath(file)}.");
        }

        if (witnesses > 0)
        {
            throw new CannotStartException("--witnesses needs the folder of a log (tds log export FOLDER --bundle): the file has their signatures no more.");
        }

        var keys = key is null ? [] : ReadKeys(key);
        var found = await VerifyAsync(file, keys);
        if (found.Valid)
        {
            await output.WriteLineAsync($"entries  {found.Entries}");
            await output.WriteLineAsync($"origin   {found.Checkpoint!.Origin}");
            await output.WriteLineAsync($"root     {found.Checkpoint.Root}");
            await output.WriteLineAsync($"key      {found.Kid} ({(key is null ? "as the file says itself: compare it with the authority's, or give --key" : "the one you gave")})");
            await output.WriteLineAsync("evidence verified");
            return ExitCode.Ok;
        }

        foreach (var fault in found.Faults.Take(MostFaultsShown))
        {
            await output.WriteLineAsync($"{file}:{fault.Line}: {fault.Message}");
        }

        await output.WriteLineAsync($"evidence NOT verified: {found.Faults.Count} fault{(found.Faults.Count == 1 ? "" : "s")}{(found.Faults.Count > MostFaultsShown ? $", the first {MostFaultsShown} shown" : "")}");
        return ExitCode.Failed;
    }

    // An authority may publish several keys while it changes from one to the next: one of them must fit.
    private static async Task<EvidenceVerification> VerifyAsync(string file, IReadOnlyList<PublicKey> keys)
    {
        EvidenceVerification? last = null;
        foreach (var key in keys.Count == 0 ? (PublicKey?[])[null] : [.. keys])
        {
            await using var stream = File.OpenRead(file);
            last = EvidenceExport.Verify(stream, key);
            if (last.Valid)
            {
                break;
            }
        }

        return last!;
    }

    /// <summary>Reads keys as <c>--key</c> gives them.</summary>
    /// <exception cref="CannotStartException">There are none.</exception>
    public static IReadOnlyList<PublicKey> ReadKeys(string text)
    {
        try
        {
            var document = ProtocolJson.Parse(text.TrimStart().StartsWith('{') ? Encoding.UTF8.GetBytes(text) : File.ReadAllBytes(text));
            var keys = document.TryGetProperty("keys", out _) ? ProtocolJson.Read<JwkSet>(document).LogKeys() : [PublicKey.FromJwk(ProtocolJson.Read<Jwk>(document))];
            return keys.Count > 0 ? keys : throw new CannotStartException("--key holds no key on P-256.");
        }
        catch (Exception failure) when (failure is RefusalException or FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CannotStartException($"--key is neither a JWK nor a file with one: {failure.Message}", failure);
        }
    }
}
