using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace TrustedDataSpace.Testing.Restart;

/// <summary>A port that a program keeps over its restarts.</summary>
public static class FreePort
{
    // Below the range from which the system takes the ports of outgoing connections: nobody else gets it while the program is down.
    private const int Lowest = 20_000;
    private const int Count = 12_000;

    public static int Find()
    {
        while (true)
        {
            using var probe = new TcpListener(IPAddress.Loopback, Lowest + RandomNumberGenerator.GetInt32(Count));
            try
            {
                probe.Start();
                return ((IPEndPoint)probe.LocalEndpoint).Port;
            }
            catch (SocketException)
            {
                // Taken: another one.
            }
        }
    }
}
