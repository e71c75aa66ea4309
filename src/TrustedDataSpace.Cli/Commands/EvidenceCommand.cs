using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Cli.Commands;

/// <summary><c>tds evidence …</c>: what a participant holds against the operator of its space.</summary>
internal static class EvidenceCommand
{
    public static Command Create() => new("evidence", "A participant's evidence, and its receipts from the log of the space.") { Status(), Receipt(), Check(), Accept() };

    private static Command Status() => Verb.ForConnector("status", "How much evidence the log has acknowledged, and whether the log is refused. Exit code 1 when it is.", [], async call =>
    {
        var status = await call.Connector.EvidenceNowAsync(call.Cancellation);
        await call.ShowAsync(status, Lines(status));
        return status.Alarm is null ? ExitCode.Ok : ExitCode.Failed;
    });

    private static Command Receipt()
    {
        var entry = new Argument<string>("ENTRY") { Description = "Id of the entry, as GET /api/v1/evidence/entries lists it." };
        return Verb.ForConnector("receipt", "Write the receipt of an entry as JSON: proof that it stands in the log, for whoever has the key of the log.", [entry], async call =>
        {
            await call.Output.WriteLineAsync(JsonSerializer.Serialize(await call.Connector.ReceiptAsync(call.Get(entry), call.Cancellation), ReadableJson.Options));
            return ExitCode.Ok;
        });
    }

    private static Command Check()
    {
        var file = new Argument<string>("FILE") { Description = "A receipt, as tds evidence receipt writes it." };
        var command = new Command("check", "Check a receipt offline: the signature under its checkpoint, and that the entry stands under its root.") { file };
        command.SetAction(async (parsed, cancellation) => await CheckAsync(await File.ReadAllBytesAsync(parsed.GetValue(file)!, cancellation), parsed.InvocationConfiguration.Output));
        return command;
    }

    private static async Task<int> CheckAsync(byte[] document, TextWriter output)
    {
        var receipt = ProtocolJson.Read<EntryReceipt>(document);
        var key = Receipts.Verify(receipt, []);
        var head = Checkpoint.Parse(receipt.Checkpoint[..(receipt.Checkpoint.IndexOf("\n\n", StringComparison.Ordinal) + 1)]);
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"entry {receipt.Entry.Id} ({receipt.Entry.Kind}) is number {receipt.Proof.Index} of the {head.Size} in {head.Origin}"));
        await output.WriteLineAsync($"signed by key {key.Thumbprint}: compare it with that of the space's authority");
        return ExitCode.Ok;
    }

    private static Command Accept()
    {
        var root = new Argument<string>("ROOT") { Description = "Root of the checkpoint that was refused, as tds evidence status shows it." };
        return Verb.ForConnector("accept", "Accept a log that was refused as the log of the space, after its operator has told why: all evidence is sent to it.", [root], async call =>
        {
            var status = await call.Connector.AcceptLogAsync(call.Get(root), call.Cancellation);
            await call.ShowAsync(status, Lines(status));
            return ExitCode.Ok;
        });
    }

    private static IEnumerable<string> Lines(EvidenceStatus status)
    {
        yield return string.Create(CultureInfo.InvariantCulture, $"{status.Logged} of {status.Entries} entries are acknowledged");
        if (status.Log is { } log)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"log {log.Origin}: {log.Size} entries, root {log.Root}, key {log.KeyId}, seen {log.SeenAt.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z");
        }

        if (status.Alarm is { } alarm)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"REFUSED since {alarm.Since.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z ({alarm.Kind}): {alarm.Reason}");
            yield return $"root that was shown: {alarm.Root ?? "none"}";
        }
    }
}
