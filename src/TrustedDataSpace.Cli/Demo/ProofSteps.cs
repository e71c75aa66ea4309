using TrustedDataSpace.Cli.Clients;
using TrustedDataSpace.Cli.Commands;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Cli.Demo;

/// <summary>What remains when all is over, and what it proves to somebody who was not there.</summary>
/// <param name="space">The space.</param>
/// <param name="open">The product whose transfer is still open.</param>
internal sealed class ProofSteps(DemoSpace space, string open = "system_demand_48")
{
    public async Task<string> CountsAsync(CancellationToken cancellation)
    {
        var sums = new List<string>();
        foreach (var (product, agreement) in space.Agreements)
        {
            var provider = await space.ProviderManagement.UsageAsync(agreement, cancellation);
            var consumer = await space.ConsumerManagement.UsageAsync(agreement, cancellation);
            Expect.Equal(Text(provider.Counts), Text(consumer.Counts), $"the consumer's counts of {product}");
            Expect.That(provider.Counts.Count > 0, $"counts of {product}", "none");
            sums.Add($"{product}: {Text(provider.Counts)}");
        }

        return string.Join("; ", sums);
    }

    /// <summary>An interval is recorded when its flow has ended, so the transfer that is still open is completed first.</summary>
    public async Task<string> RecordsAsync(CancellationToken cancellation)
    {
        var (id, flow) = space.Transfers[open];
        await space.ConsumerManagement.CompleteTransferAsync(id, cancellation);
        var ended = await space.ProviderManagement.EndOfTransferAsync(flow, cancellation);
        Expect.Equal(TransferStates.Completed, ended.State, "the transfer at the provider");
        var matched = 0;
        foreach (var (product, agreement) in space.Agreements)
        {
            var provider = await CompleteRecordsAsync(space.ProviderManagement, agreement, cancellation);
            var consumer = await CompleteRecordsAsync(space.ConsumerManagement, agreement, cancellation);
            Expect.Equal(provider.Count, consumer.Count, $"records of {product} at the consumer");
            foreach (var (one, other) in provider.Zip(consumer))
            {
                Expect.That(one.Matches(other), $"record {one.Id} equal on both sides", $"{Text(one.Counts)} and {Text(other.Counts)}");
                matched++;
            }
        }

        return $"{matched} flow-interval records, each equal on both sides down to the Merkle root over its uses";
    }

    public async Task<string> VerifyAsync(CancellationToken cancellation)
    {
        foreach (var connector in new[] { space.ProviderManagement, space.ConsumerManagement })
        {
            // What is on its way between the two may still add an entry.
            var status = await Eventually.AskAsync(() => connector.EvidenceAsync(cancellation), found => found.Logged == found.Entries, cancellation);
            Expect.Equal(status.Entries, status.Logged, "entries of a connector confirmed by the log");
        }

        await using (var file = File.Create(space.EvidenceFile))
        {
            await space.Operator.ExportEvidenceAsync(file, cancellation);
        }

        var found = await VerifyAsync(space.EvidenceFile, cancellation);
        Expect.That(found.Valid, "an export without faults", string.Join("; ", found.Faults.Select(fault => $"line {fault.Line}: {fault.Message}")));
        return $"evidence verified: {found.Entries} entries, root {found.Checkpoint!.Root}, key {found.Kid}";
    }

    /// <summary>The whole course of one agreement, as the log of the authority tells it to an auditor.</summary>
    public async Task<string> TraceAsync(CancellationToken cancellation)
    {
        string[] course =
        [
            EvidenceKinds.NegotiationRequested, EvidenceKinds.NegotiationAgreed, EvidenceKinds.NegotiationFinalized, EvidenceKinds.AgreementFiled,
            EvidenceKinds.TransferRequested, EvidenceKinds.TransferStarted, EvidenceKinds.TransferCompleted,
        ];
        var kinds = await Eventually.AskAsync(() => StoryAsync(space.Agreements[open], cancellation), found => course.All(found.Contains), cancellation);
        Expect.That(course.All(kinds.Contains), string.Join(", ", course), string.Join(", ", kinds.Distinct()));
        return $"{kinds.Count} entries about the contract for {open}, from {kinds[0]} by {EvidenceKinds.AgreementFiled} to {kinds[^1]}; {kinds.Count(kind => kind == EvidenceKinds.DecisionDenied)} denials among them";
    }

    /// <summary>Every denial of the log that a rule has given, decided again with the question and the policies of then.</summary>
    public async Task<string> WhyAsync(CancellationToken cancellation)
    {
        var again = new List<LogWhyCommand.Finding>();
        await foreach (var entry in space.Operator.EntriesAsync(cancellation))
        {
            if (entry.Kind != EvidenceKinds.DecisionDenied || !entry.Data.TryGetProperty("question", out _))
            {
                continue;
            }

            Expect.Equal(space.Provider.Id, entry.Source, "who has decided");
            var finding = await LogWhyCommand.JudgeAsync(entry, await space.ProviderManagement.DenialAsync(entry.Id, cancellation), cancellation);
            Expect.That(finding is { Alarm: null, Note: null }, "the same answer", finding.Alarm ?? finding.Note!);
            again.Add(finding);
        }

        Expect.That(again.Count > 0, "denials in the log", "none");
        var last = again[^1];
        return $"{again.Count} denials of the log decided again by their own policies, each with the same reasons; the last: {last.Again![0].Code} {last.Again[0].Term}: {last.Again[0].Message}";
    }

    public async Task<string> FindAlterationAsync(CancellationToken cancellation)
    {
        var bytes = await File.ReadAllBytesAsync(space.EvidenceFile, cancellation);
        var place = bytes.Length / 2;
        var line = 1 + bytes.AsSpan(0, place).Count((byte)'\n');
        bytes[place] ^= 1;
        var copy = space.EvidenceFile + ".altered";
        await File.WriteAllBytesAsync(copy, bytes, cancellation);
        var found = await VerifyAsync(copy, cancellation);
        Expect.That(
            found.Faults.Any(fault => fault.Line == line),
            $"a fault in line {line}",
            found.Valid ? "none" : string.Join("; ", found.Faults.Select(fault => $"line {fault.Line}: {fault.Message}")));
        return $"byte {place} of a copy changed: line {line} is not as it was written";
    }

    private async Task<IReadOnlyList<string>> StoryAsync(string agreement, CancellationToken cancellation)
    {
        var kinds = new List<string>();
        await foreach (var step in space.Operator.AuditAsync<AuditedEntry>(AuthorityRoutes.ForCourse(agreement) + "?", cancellation))
        {
            kinds.Add(step.Entry.Kind);
        }

        return kinds;
    }

    // The key comes from the authority itself, not from the file that it is to prove.
    private async Task<EvidenceVerification> VerifyAsync(string path, CancellationToken cancellation)
    {
        var keys = (await space.Operator.KeysAsync(cancellation)).LogKeys();
        await using var file = File.OpenRead(path);

        // The log keeps its first key, whatever the authority signs with by now: the file says which of the authority's keys it is.
        var kid = EvidenceExport.Verify(file).Kid;
        var key = keys.FirstOrDefault(one => one.Kid == kid);
        Expect.That(key is not null, $"the log's key {kid} among the authority's", string.Join(", ", keys.Select(one => one.Kid)));
        file.Position = 0;
        return EvidenceExport.Verify(file, key);
    }

    private static async Task<IReadOnlyList<UsageRecord>> CompleteRecordsAsync(ManagementClient connector, string agreement, CancellationToken cancellation)
    {
        var uses = (await connector.UsageAsync(agreement, cancellation)).Counts.Sum(count => count.Requests);
        var records = await connector.RecordsAsync(agreement, cancellation);
        Expect.Equal(uses, records.Sum(record => record.Leaves), "uses under signed records");
        return records;
    }

    private static string Text(IEnumerable<UsageCounts> counts) => string.Join(
        ", ", counts.Select(count => $"{count.Purpose} {count.Outcome} {count.Requests} requests {count.Rows} rows {count.Bytes} bytes{Tokens(count)}"));

    private static string Tokens(UsageCounts count) => count.TokensIn is null ? "" : $" tokens {count.TokensIn} in, of which {count.TokensCached} cached, {count.TokensOut} out, {count.TokensData} of data";
}
