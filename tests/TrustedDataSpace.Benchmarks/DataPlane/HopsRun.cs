using System.Diagnostics;
using System.Globalization;
using System.Text;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Testing.Restart;

namespace TrustedDataSpace.Benchmarks.DataPlane;

/// <summary>Both connectors in a row against two bare proxies in a row; and, where nginx is installed, nginx that asks a policy server about each request.</summary>
internal static class HopsRun
{
    private const int Connections = 32;
    private const int PerRound = 20_000;
    private const int WarmUp = 100_000;

    public static async Task RunAsync()
    {
        using var source = await ChildProcess.StartAsync("source");
        using var inner = await ChildProcess.StartAsync("yarp", source.Url);
        using var outer = await ChildProcess.StartAsync("yarp", inner.Url);
        await using var space = await BenchSpace.StartAsync(providerApart: true, consumerApart: true);
        var agreement = await Flow.ConcludeAsync(space, "curves", source.Url);
        var application = await BenchSpace.PostAsync<ApplicationCredential>(
            space.AtConsumer, ManagementRoutes.Applications, new ApplicationGrant { Name = "load", Agreements = [agreement], Purposes = ["inference"], Person = "load" });
        var consumer = space.ConsumerProcess;
        var contestants = new List<(string Name, int Port, List<byte[]> Requests)>
        {
            ("YARP", inner.Port, Requests("", "")),
            ("YARP before YARP", outer.Port, Requests("", "")),
            ("consumer's and provider's gate", consumer.Port, Requests($"/consume/{Uri.EscapeDataString(agreement)}", $"Authorization: Bearer {application.Secret}\r\nTds-Purpose: inference\r\n")),
        };
        using var policy = await ChildProcess.StartAsync("policy");
        using var nginx = await Nginx.StartAsync(source.Port, policy.Port);
        if (nginx is null)
        {
            Console.WriteLine("nginx is not installed: left out");
        }
        else
        {
            contestants.Add(("nginx that asks a policy server", nginx.Port, Requests("", "")));
        }

        foreach (var (_, port, requests) in contestants)
        {
            for (var done = 0; done < WarmUp; done += PerRound)
            {
                await new LoadGenerator(port).RunAsync(requests, Connections);
            }
        }

        var rounds = contestants.ConvertAll(_ => new List<LoadResult>());
        for (var round = 0; round < DataPlaneRun.Rounds; round++)
        {
            for (var i = 0; i < contestants.Count; i++)
            {
                rounds[i].Add(await new LoadGenerator(contestants[i].Port).RunAsync(contestants[i].Requests, Connections));
            }
        }

        Console.WriteLine("| | requests/s | p50 ms | p99 ms |");
        Console.WriteLine("|---|---|---|---|");
        foreach (var ((name, _, _), results) in contestants.Zip(rounds))
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"| {name} | {Median(results, r => r.PerSecond):F0} | {Median(results, r => r.Milliseconds(0.5)):F2} | {Median(results, r => r.Milliseconds(0.99)):F2} |"));
        }
    }

    private static List<byte[]> Requests(string prefix, string headers) =>
        [.. Enumerable.Range(0, PerRound).Select(i => Encoding.ASCII.GetBytes($"GET {prefix}/items/{i % 2000} HTTP/1.1\r\nHost: bench\r\n{headers}\r\n"))];

    private static double Median(List<LoadResult> results, Func<LoadResult, double> of) => results.Select(of).Order().ElementAt(results.Count / 2);

    /// <summary>nginx in the foreground with a configuration of its own: each request is first a question to the policy server, over connections that are kept.</summary>
    private sealed class Nginx(Process process, string folder, int port) : IDisposable
    {
        public int Port => port;

        public static async Task<Nginx?> StartAsync(int source, int policy)
        {
            const string Program = "/usr/sbin/nginx";
            if (!File.Exists(Program))
            {
                return null;
            }

            var folder = Directory.CreateTempSubdirectory("tds-nginx-").FullName;
            var port = FreePort.Find();
            await File.WriteAllTextAsync(Path.Combine(folder, "nginx.conf"), $$"""
                daemon off;
                worker_processes 2;
                pid {{folder}}/nginx.pid;
                error_log {{folder}}/error.log;
                events { worker_connections 1024; }
                http {
                  access_log off;
                  client_body_temp_path {{folder}};
                  proxy_temp_path {{folder}};
                  fastcgi_temp_path {{folder}};
                  uwsgi_temp_path {{folder}};
                  scgi_temp_path {{folder}};
                  keepalive_requests 10000000;
                  upstream source { server 127.0.0.1:{{source}}; keepalive 64; }
                  upstream policy { server 127.0.0.1:{{policy}}; keepalive 64; }
                  server {
                    listen 127.0.0.1:{{port}};
                    location / {
                      auth_request /decide;
                      proxy_http_version 1.1;
                      proxy_set_header Connection "";
                      proxy_pass http://source;
                    }
                    location = /decide {
                      internal;
                      proxy_http_version 1.1;
                      proxy_set_header Connection "";
                      proxy_pass_request_body off;
                      proxy_set_header X-Path $request_uri;
                      proxy_pass http://policy;
                    }
                  }
                }
                """);
            var process = Process.Start(new ProcessStartInfo(Program, ["-p", folder, "-c", Path.Combine(folder, "nginx.conf")]))!;
            var started = Stopwatch.StartNew();
            for (; ; await Task.Delay(20))
            {
                try
                {
                    using var socket = await new LoadGenerator(port).ConnectAsync();
                    return new Nginx(process, folder, port);
                }
                catch (System.Net.Sockets.SocketException) when (!process.HasExited && started.Elapsed < TimeSpan.FromSeconds(30))
                {
                    // Not listening yet.
                }
            }
        }

        public void Dispose()
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
            process.Dispose();
            Directory.Delete(folder, recursive: true);
        }
    }
}
