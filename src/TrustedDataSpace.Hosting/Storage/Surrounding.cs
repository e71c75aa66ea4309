namespace TrustedDataSpace.Hosting.Storage;

/// <summary>What goes with every command of one flow of control, such as the handling of one request. See <see cref="Database.Surround"/>.</summary>
internal sealed class Surrounding(Surrounding? outer, Action<UnitOfWork, Action> around, Action end) : IDisposable
{
    private volatile bool over;

    public void Run(UnitOfWork unit, Action command)
    {
        if (outer is null)
        {
            RunHere(unit, command);
        }
        else
        {
            outer.Run(unit, () => RunHere(unit, command));
        }
    }

    public void Dispose()
    {
        over = true;
        end();
    }

    // A worker that was started meanwhile inherits the flow of control; it goes on when the request is long answered.
    private void RunHere(UnitOfWork unit, Action command)
    {
        if (over)
        {
            command();
        }
        else
        {
            around(unit, command);
        }
    }
}
