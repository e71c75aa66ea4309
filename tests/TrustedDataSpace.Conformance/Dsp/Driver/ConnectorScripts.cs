using TrustedDataSpace.Conformance.Dsp.Kit;

namespace TrustedDataSpace.Conformance.Dsp.Driver;

/// <summary>
/// What the connector under test must do in each test of the kit, beyond answering: a step for each state in which it acts. Where a row has
/// no step (left), the connector stays where it is.
/// </summary>
internal static class ConnectorScripts
{
    private const string Table = """
        CN:01-01    REQUESTED offer
        CN:01-02    REQUESTED offer, REQUESTED termination
        CN:01-03    REQUESTED offer, ACCEPTED agreement, VERIFIED finalization
        CN:01-04    REQUESTED agreement, VERIFIED finalization
        CN:02-01    REQUESTED termination
        CN:02-02
        CN:02-03    REQUESTED agreement
        CN:02-04    REQUESTED offer
        CN:02-05    REQUESTED offer, OFFERED termination
        CN:02-06    REQUESTED offer, ACCEPTED termination
        CN:02-07    REQUESTED agreement, VERIFIED termination
        CN:03-01    REQUESTED offer, ACCEPTED agreement, VERIFIED finalization
        CN:03-02    REQUESTED offer
        CN:03-03    REQUESTED offer
        CN:03-04    REQUESTED offer
        CN_C:01-01  OFFERED acceptance, AGREED verification
        CN_C:01-02  OFFERED request
        CN_C:01-03  OFFERED termination
        CN_C:01-04  AGREED verification
        CN_C:02-01
        CN_C:02-02  REQUESTED termination
        CN_C:02-03  AGREED termination
        CN_C:02-04
        CN_C:02-05  OFFERED acceptance
        CN_C:02-06  AGREED verification
        CN_C:03-01
        CN_C:03-02
        CN_C:03-03
        CN_C:03-04  OFFERED acceptance
        CN_C:03-05  OFFERED acceptance
        CN_C:03-06  OFFERED acceptance
        TP:01-01    REQUESTED start, STARTED termination
        TP:01-02    REQUESTED start, STARTED completion
        TP:01-03    REQUESTED start, STARTED suspension, SUSPENDED termination
        TP:01-04    REQUESTED start, STARTED suspension, SUSPENDED start, STARTED completion
        TP:01-05    REQUESTED termination
        TP:02-01    REQUESTED start
        TP:02-02    REQUESTED start
        TP:02-03    REQUESTED start
        TP:02-04    REQUESTED start
        TP:02-05
        TP:03-01
        TP:03-02
        TP:03-03    REQUESTED start
        TP:03-04    REQUESTED start
        TP:03-05    REQUESTED start
        TP:03-06    REQUESTED start
        TP_C:01-01
        TP_C:01-02
        TP_C:01-03
        TP_C:01-04
        TP_C:01-05
        TP_C:02-01  STARTED termination
        TP_C:02-02  STARTED completion
        TP_C:02-03  STARTED suspension, SUSPENDED termination
        TP_C:02-04  STARTED suspension, SUSPENDED start, STARTED completion
        TP_C:02-05  REQUESTED termination
        TP_C:03-01
        TP_C:03-02
        TP_C:03-03
        TP_C:03-04
        TP_C:03-05
        TP_C:03-06
        """;

    /// <summary>All tests with a process, in the order of the table.</summary>
    public static IReadOnlyList<ConnectorScript> All { get; } = [.. Table.Split('\n').Select(ConnectorScript.Parse)];
}

/// <summary>What the connector does in one test.</summary>
/// <param name="Test">For example <c>CN_C:02-03</c>.</param>
/// <param name="Steps">In their order.</param>
internal sealed record ConnectorScript(string Test, IReadOnlyList<ConnectorStep> Steps)
{
    /// <summary>Whether it is about a transfer, or else a negotiation.</summary>
    public bool IsTransfer => Test.StartsWith("TP", StringComparison.Ordinal);

    /// <summary>Whether the connector is the provider, or else the consumer.</summary>
    public bool IsProvider => !Test.Contains("_C:", StringComparison.Ordinal);

    /// <summary>The dataset or agreement: <c>CN:01-01</c> is about ACN0101, <c>TP_C:01-01</c> about ATPC0101.</summary>
    public string Subject => "A" + KitSettings.Method(Test).Replace("_", "", StringComparison.Ordinal);

    public static ConnectorScript Parse(string line)
    {
        var (test, steps) = line.Trim() is var text && text.IndexOf(' ', StringComparison.Ordinal) is > 0 and var end ? (text[..end], text[end..]) : (text, "");
        return new ConnectorScript(
            test,
            [
                .. steps.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                    .Select(step => step.Split(' '))
                    .Select(step => new ConnectorStep(step[0], step[1])),
            ]);
    }
}

/// <summary>One step.</summary>
/// <param name="When">The state of the connector's process.</param>
/// <param name="Verb">Last segment of the management route that takes the step.</param>
internal sealed record ConnectorStep(string When, string Verb);
