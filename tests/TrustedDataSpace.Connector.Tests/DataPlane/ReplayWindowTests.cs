using System.Security.Cryptography;
using TrustedDataSpace.Connector.DataPlane;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.DataPlane;

public sealed class ReplayWindowTests
{
    private const long Life = 60;
    private const long Now = 1_778_544_000;

    private readonly ReplayWindow window = new(Life);

    [Fact]
    public void A_number_counts_once_in_whatever_order_numbers_come()
    {
        var numbers = Enumerable.Range(100, 20_000).Select(number => (ulong)number).ToArray();
        for (var i = 0; i + 200 <= numbers.Length; i += 200)
        {
            RandomNumberGenerator.Shuffle(numbers.AsSpan(i, 200));
        }

        Assert.All(numbers, number => Assert.Equal(NonceVerdict.Fresh, Take(number)));
        Assert.All(numbers, number => Assert.Equal(NonceVerdict.Replayed, Take(number)));
    }

    [Fact]
    public void Gaps_stay_open_until_they_lie_a_whole_window_behind()
    {
        for (ulong number = 1_000; number <= 100_000; number += 2)
        {
            Assert.Equal(NonceVerdict.Fresh, Take(number));
        }

        const ulong Lowest = 100_000 - ReplayWindow.Width + 1;
        Assert.Equal(NonceVerdict.TooOld, Take(Lowest - 1));
        Assert.Equal(NonceVerdict.Replayed, Take(Lowest + 1));
        Assert.Equal(NonceVerdict.Fresh, Take(Lowest));
        Assert.Equal(NonceVerdict.Replayed, Take(Lowest));
        Assert.Equal(NonceVerdict.Fresh, Take(99_999));
    }

    [Theory]
    [InlineData(1UL)]
    [InlineData(500UL)]
    [InlineData(1023UL)]
    [InlineData(1024UL)]
    [InlineData(65_535UL)]
    [InlineData(65_536UL)]
    [InlineData(10_000_000UL)]
    [InlineData((ulong)long.MaxValue - 7)]
    public void After_a_jump_nothing_counts_twice(ulong jump)
    {
        Assert.Equal(NonceVerdict.Fresh, Take(7));
        Assert.Equal(NonceVerdict.Fresh, Take(7 + jump));
        Assert.Equal(NonceVerdict.Replayed, Take(7 + jump));
        Assert.NotEqual(NonceVerdict.Fresh, Take(7));
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData((ulong)long.MaxValue - 40)]
    public void Numbers_at_either_end_are_counted_like_others(ulong first)
    {
        for (var number = first; number <= first + 40; number++)
        {
            Assert.Equal(NonceVerdict.Fresh, Take(number));
            Assert.Equal(NonceVerdict.Replayed, Take(number));
        }

        Assert.Equal(NonceVerdict.TooOld, Take(ulong.MaxValue));
    }

    [Fact]
    public void A_session_that_is_forgotten_opens_no_door()
    {
        Assert.Equal(NonceVerdict.Fresh, window.Take(1, 1, Now, Now));
        Assert.Equal(NonceVerdict.Fresh, window.Take(2, 1, Now + Life + 1, Now + Life + 1));
        Assert.Equal(NonceVerdict.TooOld, window.Take(1, 1, Now, Now + Life + 1));

        // Should the clock be set back, what was forgotten is no fresher for it.
        Assert.Equal(NonceVerdict.TooOld, window.Take(1, 1, Now, Now));
        Assert.Equal(NonceVerdict.Fresh, window.Take(1, 2, Now + 1, Now + Life + 1));
    }

    [Fact]
    public void Too_many_sessions_push_out_the_oldest_and_nothing_of_it_counts_again()
    {
        for (var session = 1; session <= ReplayWindow.MostSessions + 1; session++)
        {
            Assert.Equal(NonceVerdict.Fresh, window.Take((ulong)session, 1, Now + session, Now));
        }

        Assert.Equal(NonceVerdict.TooOld, window.Take(1, 1, Now + 1, Now));
        Assert.Equal(NonceVerdict.Replayed, window.Take(2, 1, Now + 2, Now));
        Assert.Equal(NonceVerdict.Fresh, window.Take(1, 2, Now + 40, Now));
        Assert.Equal(NonceVerdict.TooOld, window.Take(2, 1, Now + 2, Now));
    }

    [Fact]
    public void Of_many_at_once_one_counts()
    {
        var fresh = 0;
        Parallel.For(0, 100_000, i =>
        {
            if (Take((ulong)(i % 5_000)) == NonceVerdict.Fresh)
            {
                Interlocked.Increment(ref fresh);
            }
        });
        Assert.Equal(5_000, fresh);
    }

    private NonceVerdict Take(ulong number) => window.Take(9, number, Now, Now);
}
