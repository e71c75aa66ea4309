using System.CommandLine;
using System.Text;
using TrustedDataSpace.Cli.Clients;
using TrustedDataSpace.Cli.Space;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Cli.Commands;

/// <summary><c>tds log verify FILE|FOLDER|URL</c>: in constant memory; a file or folder offline.</summary>
internal static class LogVerifyCommand
{
    private const int MostFaultsShown = 20;

    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "Export of an evidence log: a file, or a folder (--bundle); or the address of an authority, whose log is then read over HTTP: with the operator's token all of it, with a member's the tree of hashes." };
        var key = new Option<string?>("--key")
        {
            Description = "The authority's public key, which you have from a source that you trust: a JWK, or a file with a JWK or a JWK set. Without it the file is only shown to be consistent in itself.",
            HelpName = "FILE|JWK",
        };
        var witnesses = new Option<int>("--witnesses") { Description = "How many members must have signed the head besides the log, by the keys that the folder names (folders only).", HelpName = "N" };
        var kept = new Option<string[]>("--checkpoint") { Description = "Only this: that a checkpoint that you have kept (a signed note, or a receipt as 'tds evidence receipt' writes it) is over the beginning of this log; several must be consistent with each other. Folders and addresses.", HelpName = "FILE" };
        var token = new Option<string?>("--token-file") { Description = $"For an address: file with the token of the operator or of a member. Default: the variable {ServiceOptions.TokenVariable}, or what 'tds login' has got.", HelpName = "FILE" };
        var command = new Command("verify", "Verify an evidence log, as it was exported or where it is served: every changed byte is found, and located.") { file, key, witnesses, kept, token };
        command.SetAction((parsed, cancellation) => RunAsync(
            parsed.GetValue(file)!, parsed.GetValue(key) is { } given ? ReadKeys(given) : null, parsed.GetValue(witnesses), parsed.GetValue(kept) ?? [], parsed.GetValue(token), parsed.InvocationConfiguration.Output, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(string file, IReadOnlyList<PublicKey>? given, int witnesses, string[] kept, string? token, TextWriter output, CancellationToken cancellation)
    {
        if (Uri.TryCreate(file, UriKind.Absolute, out var address) && address.Scheme is "http" or "https")
        {
            using var http = ServiceClient.CreateHttp();
            var authority = new AuthorityOperatorClient(http, new ServiceAccess { Id = file, Url = file.TrimEnd('/'), Token = ServiceOptions.TokenFor(file.TrimEnd('/'), token) ?? "" });
            if (kept.Length == 0)
            {
                return await LogRemoteReport.VerifyAsync(authority, given, witnesses, output, cancellation);
            }

            var (log, _) = await RemoteLog.OpenAsync(authority, cancellation);
            return await LogRemoteReport.CompareAsync(log, given ?? await log.LogKeysAsync(), kept, output);
        }

        if (Directory.Exists(file))
        {
            var bundle = LogBundleReport.Open(file);
            return kept.Length > 0
                ? await LogRemoteReport.CompareAsync(bundle, given ?? LogBundleReport.KeysOf(bundle), kept, output)
                : await LogBundleReport.VerifyAsync(file, given, witnesses, output);
        }

        if (!File.Exists(file))
        {
            throw new CannotStartException($"There is no file {Path.GetFullPath(file)}.");
        }

        if (witnesses > 0)
        {
            throw new CannotStartException("--witnesses needs the folder of a log (tds log export FOLDER --bundle): the file has their signatures no more.");
        }

        if (kept.Length > 0)
        {
            throw new CannotStartException("--checkpoint needs the folder of a log (tds log export FOLDER --bundle) or the address of its authority: a file has no tiles.");
        }

        var found = await VerifyAsync(file, given ?? []);
        if (found.Valid)
        {
            await output.WriteLineAsync($"entries  {found.Entries}");
            await output.WriteLineAsync($"origin   {found.Checkpoint!.Origin}");
            await output.WriteLineAsync($"root     {found.Checkpoint.Root}");
            await output.WriteLineAsync($"key      {found.Kid} ({(given is null ? "as the file says itself: compare it with the authority's, or give --key" : "the one you gave")})");
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
