namespace FilterGate.Load.Targets;

/// <summary>nginx with one file of 1 KiB: an origin that costs little and is the same for all.</summary>
internal static class Origin
{
    /// <summary>The path of the file.</summary>
    public const string Path = "/1k.bin";

    /// <summary>Its length in bytes.</summary>
    public const int Length = 1024;

    /// <summary>Starts it.</summary>
    /// <param name="program">The file of nginx.</param>
    /// <param name="folder">A folder for its file and settings.</param>
    /// <param name="port">Where it listens.</param>
    public static ChildProcess Start(string program, string folder, int port)
    {
        Directory.CreateDirectory(folder);
        var content = new byte[Length];
        Array.Fill(content, (byte)'x');
        File.WriteAllBytes(folder + Path, content);
        var settings = System.IO.Path.Combine(folder, "nginx.conf");
        File.WriteAllText(settings, $$"""
            daemon off;
            master_process off;
            pid {{folder}}/nginx.pid;
            error_log stderr warn;
            events { worker_connections 2048; }
            http {
                access_log off;
                sendfile on;
                tcp_nopush on;
                tcp_nodelay on;
                keepalive_timeout 600s;
                keepalive_requests 1000000000;
                open_file_cache max=8;
                client_body_temp_path {{folder}}/body;
                proxy_temp_path {{folder}}/proxy;
                fastcgi_temp_path {{folder}}/fastcgi;
                uwsgi_temp_path {{folder}}/uwsgi;
                scgi_temp_path {{folder}}/scgi;
                server {
                    listen 127.0.0.1:{{port}};
                    root {{folder}};
                }
            }
            """);
        return ChildProcess.Start("nginx", program, ["-p", folder, "-c", settings, "-e", "stderr"]);
    }
}
