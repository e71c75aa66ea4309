using System.Text;
using System.Text.Json;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>Denials of one flow in one minute beyond those that are evidence singly: a row until they are evidence, too.</summary>
internal sealed record DenialCount
{
    public long Minute { get; init; }

    public string Flow { get; init; } = "";

    public string Agreement { get; init; } = "";

    public string Consumer { get; init; } = "";

    public long Denials { get; init; }

    public string Reasons { get; init; } = "[]";

    public static DenialCount Of(long minute, string flow, string agreement, string consumer, int denials, IReadOnlyList<Reason> reasons) => new()
    {
        Minute = minute,
        Flow = flow,
        Agreement = agreement,
        Consumer = consumer,
        Denials = denials,
        Reasons = JsonSerializer.Serialize(reasons, ProtocolJson.Options),
    };

    /// <summary>All that are stored.</summary>
    public static List<DenialCount> All(UnitOfWork unit) => unit.Query<DenialCount>(
        "SELECT minute AS Minute, flow AS Flow, agreement_id AS Agreement, consumer AS Consumer, denials AS Denials, reasons AS Reasons FROM denial_counts WHERE space_id = @Space ORDER BY minute, flow",
        new { unit.Space });

    public IReadOnlyList<Reason> ReadReasons() => ProtocolJson.Read<IReadOnlyList<Reason>>(Encoding.UTF8.GetBytes(Reasons));

    public void Put(UnitOfWork unit) => unit.Execute(
        """
        INSERT INTO denial_counts (space_id, flow, minute, agreement_id, consumer, denials, reasons) VALUES (@Space, @Flow, @Minute, @Agreement, @Consumer, @Denials, @Reasons)
        ON CONFLICT (space_id, flow, minute) DO UPDATE SET denials = excluded.denials, reasons = excluded.reasons
        """,
        new { unit.Space, Flow, Minute, Agreement, Consumer, Denials, Reasons });

    public void Remove(UnitOfWork unit) => unit.Execute("DELETE FROM denial_counts WHERE space_id = @Space AND flow = @Flow AND minute = @Minute", new { unit.Space, Flow, Minute });

    /// <summary>How often a reason was given.</summary>
    internal sealed record Reason(string Code, string? Term, int Count);
}
