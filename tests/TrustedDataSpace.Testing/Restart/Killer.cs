namespace TrustedDataSpace.Testing.Restart;

/// <summary>Kills one of the programs at a random moment of the load, sometimes a second one with it, and starts them again.</summary>
public sealed class Killer(KillableSpace space, Load load, Dice dice)
{
    private const int MostRequestsBetween = 60;
    private const int OneInSoManyTakesTwo = 5;

    public async Task RunAsync(int kills)
    {
        for (var done = 0; done < kills;)
        {
            await load.BeginAsync(dice.Next(MostRequestsBetween));
            var first = space.Members[dice.Next(space.Members.Count)];
            var second = space.Members[dice.Next(space.Members.Count)];
            if (second != first && done + 1 < kills && dice.Next(OneInSoManyTakesTwo) == 0)
            {
                await Task.WhenAll(first.KillAndStartAsync(), second.KillAndStartAsync());
                done += 2;
            }
            else
            {
                await first.KillAndStartAsync();
                done++;
            }
        }
    }
}
