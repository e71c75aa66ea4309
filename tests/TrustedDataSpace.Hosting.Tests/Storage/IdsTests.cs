using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Hosting.Tests.Storage;

public sealed class IdsTests
{
    [Fact]
    public void Ids_sort_in_the_order_they_were_made_even_when_the_clock_steps_back()
    {
        var clock = new ManualClock();
        var ids = new Ids(clock);
        var made = new List<string>();
        for (var i = 0; i < 10_000; i++)
        {
            made.Add(ids.Next());
            clock.Advance(TimeSpan.FromMilliseconds(i % 3 == 0 ? -5 : 1));
        }

        Assert.Equal(made.Order(StringComparer.Ordinal), made);
        Assert.Equal(made.Count, made.Distinct().Count());
        Assert.All(made, id => Assert.Equal('7', id[12]));
    }

    [Fact]
    public void After_a_restart_with_the_clock_set_back_new_ids_still_sort_behind_the_old_ones()
    {
        var clock = new ManualClock();
        var before = new Ids(clock);
        var old = Enumerable.Range(0, 5000).Select(_ => before.Next()).Last();
        clock.Advance(TimeSpan.FromHours(-1));
        var after = new Ids(clock);
        after.GoOnAfter(old);
        Assert.True(string.CompareOrdinal(after.Next(), old) > 0);
    }
}
