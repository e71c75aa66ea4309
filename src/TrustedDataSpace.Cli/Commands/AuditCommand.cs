using System.CommandLine;
using System.Globalization;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Evidence;

namespace TrustedDataSpace.Cli.Commands;

/// <summary><c>tds audit …</c>: an auditor's questions, answered from the log.</summary>
internal static class AuditCommand
{
    private static readonly AuditForm<AuditedEntry> EntryForm = new(
        "index,time,source,kind,agreement,process,policy,product,version,connector,data",
        Line,
        found =>
        [
            Number(found.Index), Time(found.Entry.Time), found.Entry.Source, found.Entry.Kind, found.Entry.Agreement, found.Entry.Process, found.Entry.Policy, found.Product, Number(found.Version),
            found.Connector?.Answer, found.Entry.Data.GetRawText(),
        ],
        "The log has nothing of that.");

    private static readonly AuditForm<AuditGap> GapForm = new(
        "kind,index,time,agreement,product,version,provider,consumer,flow,interval,missing,connectors",
        gap => string.Create(CultureInfo.InvariantCulture, $"{gap.Time.UtcDateTime:yyyy-MM-dd HH:mm:ss.fff}Z  {gap.Index,8}  {gap.Kind,-24}  {gap.Agreement}  {gap.Flow}{(gap.Interval is { } interval ? $"  {interval.UtcDateTime:HH:mm}Z" : "")}  {gap.Missing}{Said(gap.Connectors)}"),
        gap =>
        [
            gap.Kind, Number(gap.Index), Time(gap.Time), gap.Agreement, gap.Product, Number(gap.Version), gap.Provider, gap.Consumer, gap.Flow, gap.Interval is { } interval ? Time(interval) : null, gap.Missing,
            Cell(gap.Connectors),
        ],
        "The log has no such gap.");

    private static readonly AuditForm<AuditedAgreement> AgreementForm = new(
        "agreement,index,state,provider,consumer,product,version,filed,ends,terms,ended,ended_by,destruction,destroyed,connectors",
        one => $"{one.State,-9}  {one.Agreement}  {one.Product}{(one.Version is { } version ? " v" + Number(version) : "")}  provider: {one.Provider}  consumer: {one.Consumer}{Dates(one)}  data: {one.Destruction}{Said(one.Connectors)}",
        one =>
        [
            one.Agreement, Number(one.Index), one.State, one.Provider, one.Consumer, one.Product, Number(one.Version), Time(one.FiledAt), Time(one.Ends), one.Terms, Time(one.EndedAt), one.EndedBy,
            one.Destruction, Time(one.DestroyedAt), Cell(one.Connectors),
        ],
        "The log has no such agreement.");

    public static Command Create() => new("audit", "Questions of an auditor, answered from the evidence log.")
    {
        Entries("entries", "Entries of the log.", kind: null),
        Entries("uses", "What was used: the records of both parties, with product version, counts by purpose and outcome.", "usage.recorded"),
        Entries("denials", "What was denied, and why: code and term of each reason.", "decision"),
        Gaps(),
        Agreements(),
    };

    /// <summary>A line for people. A denial has its reasons, and the id by which <c>tds log why</c> asks for it.</summary>
    public static string Line(AuditedEntry found) => string.Create(
        CultureInfo.InvariantCulture,
        $"{found.Entry.Time.UtcDateTime:yyyy-MM-dd HH:mm:ss.fff}Z  {found.Index,8}  {found.Entry.Kind,-24}  {found.Entry.Source}  {found.Entry.Process ?? found.Entry.Agreement}{About(found)}{Detail(found.Entry)}{(found.Connector is { } said ? Said([said]) : "")}");

    private static string About(AuditedEntry found) => found.Entry.Kind == EvidenceKinds.UsageRecorded && found.Product is { } product ? $"  {product}{(found.Version is { } version ? " v" + Number(version) : "")}" : "";

    private static string Detail(EvidenceEntry entry) => entry.Kind switch
    {
        EvidenceKinds.DecisionDenied => $"  {entry.Id}  {string.Join("; ", DenialReasons.Of(entry.Data))}",
        EvidenceKinds.UsageRecorded => UsedCounts.Of(entry.Data),
        _ => "",
    };

    private static Command Entries(string name, string description, string? kind)
    {
        Option<string?>[] filters =
        [
            .. Common(), Filter("version", "Of this version of the product (with --product)."), Filter("process", "Of this negotiation, transfer or flow."), Filter("source", "Said by this participant (DID)."),
            .. kind is null ? [Filter("kind", "A kind, or the beginning of kinds, such as transfer.")] : Array.Empty<Option<string?>>(),
        ];
        var check = new Option<bool>("--check") { Description = "Ask the connector of each source whether it has the entry; who does not answer is shown as away." };
        return EntryForm.Verb(name, description, [.. filters, check], call => AuthorityRoutes.AuditEntries + "?" + Query(call, filters) + (kind is null ? "" : $"kind={kind}&") + (call.Get(check) ? "check=true&" : ""));
    }

    private static Command Gaps()
    {
        Option<string?>[] filters = [.. Common(), Filter("kind", "One of " + string.Join(", ", AuditGapKinds.All) + "."), Filter("older-than", "Minutes since the log first spoke of it (15): what is younger may be closed by what is under way.")];
        var alone = new Option<bool>("--no-check") { Description = "Do not ask the connectors of both parties what they have." };
        return GapForm.Verb(
            "gaps",
            "What the log has by halves: transfers without receipts, receipts without transfers, meters without evidence, evidence without meters; with what the connectors of both parties have.",
            [.. filters, alone],
            call => AuthorityRoutes.AuditGaps + "?" + Query(call, filters) + (call.Get(alone) ? "" : "check=true&"));
    }

    private static Command Agreements()
    {
        Option<string?>[] filters = [.. Common(), Filter("state", "One of " + string.Join(", ", AuditStates.All) + "."), Filter("at", "At this time (RFC 3339) in place of now.")];
        var (undestroyed, alone) = (new Option<bool>("--undestroyed") { Description = "Only what is over, with data that the consumer has not reported as destroyed." }, new Option<bool>("--no-check") { Description = "Do not ask the connectors of both parties." });
        return AgreementForm.Verb(
            "agreements",
            "What is in force, expired, ended, and not yet destroyed, now or at another time.",
            [.. filters, undestroyed, alone],
            call => AuthorityRoutes.AuditAgreements + "?" + Query(call, filters) + (call.Get(undestroyed) ? "undestroyed=true&" : "") + (call.Get(alone) ? "" : "check=true&"));
    }

    private static Option<string?>[] Common() =>
    [
        Filter("agreement", "Of this agreement."), Filter("product", "About this product."), Filter("participant", "With this participant (DID) as a party."),
        Filter("since", "Not before this time (RFC 3339), by the clock of the source."), Filter("until", "Before this time."),
    ];

    private static string Query(Call call, IEnumerable<Option<string?>> filters) => string.Concat(filters.Select(filter => (filter.Name, Value: call.Get(filter))).Where(filter => filter.Value is not null)
        .Select(filter => $"{(filter.Name == "--older-than" ? "olderThan" : filter.Name.TrimStart('-'))}={Uri.EscapeDataString(filter.Value!)}&"));

    private static Option<string?> Filter(string name, string description) => new("--" + name) { Description = description, HelpName = name.ToUpperInvariant() };

    private static string Dates(AuditedAgreement one) => string.Concat(
        new[] { ("filed", one.FiledAt), ("ends", one.Ends), ("ended", one.EndedAt), ("destroyed", one.DestroyedAt) }.Where(date => date.Item2 is not null).Select(date => $"  {date.Item1} {date.Item2!.Value.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)}Z"))
        + (one.Terms is "read" or "not_filed" ? "" : $"  terms {one.Terms}");

    private static string Said(IReadOnlyList<AskedConnector> connectors) => string.Concat(connectors.Select(said => $"{Environment.NewLine}{new string(' ', 6)}{said.Participant}: {said.Answer}{(said.Says is null ? "" : $" ({said.Says})")}"));

    private static string Cell(IReadOnlyList<AskedConnector> connectors) => string.Join("; ", connectors.Select(said => $"{said.Participant}: {said.Answer}{(said.Says is null ? "" : $" ({said.Says})")}"));

    private static string Time(DateTimeOffset? time) => time?.UtcDateTime.ToString("O", CultureInfo.InvariantCulture) ?? "";

    private static string Number(long? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "";
}
