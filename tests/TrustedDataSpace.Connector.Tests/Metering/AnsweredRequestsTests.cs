using TrustedDataSpace.Connector.Metering;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Metering;

public sealed class AnsweredRequestsTests
{
    private readonly ManualClock clock = new();

    [Fact]
    public void A_request_is_remembered_for_three_minutes_for_its_flow_and_until_it_is_found()
    {
        var answered = new AnsweredRequests(clock);
        answered.Add("flow-1", "a");
        answered.Add("flow-1", "b");
        answered.Remove("flow-1", "b");
        Assert.Equal((true, false, false), (answered.Contains("flow-1", "a"), answered.Contains("flow-1", "b"), answered.Contains("flow-2", "a")));

        clock.Advance(TimeSpan.FromMinutes(2));
        answered.Add("flow-1", "b");
        clock.Advance(TimeSpan.FromMinutes(1));
        answered.Add("flow-1", "c");
        Assert.Equal((false, true), (answered.Contains("flow-1", "a"), answered.Contains("flow-1", "b")));
    }

    [Fact]
    public void One_flow_takes_no_room_from_another_and_has_room_again()
    {
        var answered = new AnsweredRequests(clock);
        for (var i = 0; i < 10_000; i++)
        {
            answered.Add("flow-1", $"{i}");
        }

        Assert.Equal(RefusalCode.Unavailable, Assert.Throws<RefusalException>(() => answered.Add("flow-1", "more")).Code);
        answered.Add("flow-2", "more");
        clock.Advance(TimeSpan.FromMinutes(3));
        answered.Add("flow-1", "more");
        Assert.Equal((true, false), (answered.Contains("flow-1", "more"), answered.Contains("flow-1", "0")));
    }
}
