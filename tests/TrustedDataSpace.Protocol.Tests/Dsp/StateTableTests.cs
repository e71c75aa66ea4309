using TrustedDataSpace.Protocol.Dsp;
using Xunit;
using static TrustedDataSpace.Protocol.Dsp.DspRole;

namespace TrustedDataSpace.Protocol.Tests.Dsp;

public sealed class StateTableTests
{
    // The figures of DSP §7.1.2 and §9.1.3: from, to, who.
    private const string NegotiationFigure = """
        - REQUESTED C; - OFFERED P; REQUESTED OFFERED P; REQUESTED AGREED P; REQUESTED TERMINATED CP; OFFERED REQUESTED C;
        OFFERED ACCEPTED C; OFFERED TERMINATED CP; ACCEPTED AGREED P; ACCEPTED TERMINATED P; AGREED VERIFIED C;
        AGREED TERMINATED C; VERIFIED FINALIZED P; VERIFIED TERMINATED P
        """;

    private const string TransferFigure = """
        - REQUESTED C; REQUESTED STARTED P; REQUESTED TERMINATED CP; STARTED COMPLETED CP; STARTED SUSPENDED CP;
        STARTED TERMINATED CP; SUSPENDED STARTED CP; SUSPENDED TERMINATED CP
        """;

    [Fact]
    public void Negotiation_allows_the_steps_of_the_figure_and_no_other() =>
        AssertFigure(NegotiationFigure, NegotiationStates.All, NegotiationStates.May);

    [Fact]
    public void Transfer_allows_the_steps_of_the_figure_and_no_other() =>
        AssertFigure(TransferFigure, TransferStates.All, TransferStates.May);

    [Fact]
    public void Nothing_follows_a_final_state()
    {
        Assert.All(NegotiationStates.All, s => Assert.Equal(NegotiationStates.IsFinal(s), NegotiationStates.Table.All(t => t.From != s)));
        Assert.All(TransferStates.All, s => Assert.Equal(TransferStates.IsFinal(s), TransferStates.Table.All(t => t.From != s)));
    }

    private static void AssertFigure(string figure, IReadOnlyList<string> states, Func<DspRole, string?, string, bool> may)
    {
        var arrows = figure.Split([';', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(a => a.Split(' ')).ToDictionary(a => (a[0] == "-" ? null : a[0], a[1]), a => a[2]);
        foreach (var from in states.Append(null))
        {
            foreach (var to in states)
            {
                var who = arrows.GetValueOrDefault((from, to), "");
                Assert.Equal(who.Contains('C', StringComparison.Ordinal), may(Consumer, from, to));
                Assert.Equal(who.Contains('P', StringComparison.Ordinal), may(Provider, from, to));
            }
        }
    }
}
