# SPDX-License-Identifier: Apache-2.0
"""
Carries connections to an address of loopback and port 443 on to another port: for a program that dials AWS's names
and knows no other port.  Ends with its standard input.

    forward.py ADDRESS TO-PORT
"""
import asyncio
import os
import sys


async def carry(reader, writer):
    try:
        while data := await reader.read(1 << 18):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


async def serve(near, near_writer):
    far, far_writer = await asyncio.open_connection("127.0.0.1", int(sys.argv[2]))
    await asyncio.gather(carry(near, far_writer), carry(far, near_writer))


async def main():
    server = await asyncio.start_server(serve, sys.argv[1], 443)
    print("listening", flush=True)
    async with server:
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    os._exit(0)


asyncio.run(main())
