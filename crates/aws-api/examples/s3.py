"""What boto3 sees of S3, by hand: `cargo run -p aws-api --example serve -- FOLDER` on an empty folder, export what it prints,
then run this with boto3 installed. Every line that does not begin with "ok" is to be looked at."""
import boto3, os, hashlib, base64, json, urllib.request, urllib.error, threading, time, botocore
from botocore.config import Config
from botocore.exceptions import ClientError
def c(**k): return boto3.client('s3', **k)
s=c()
def err(f,*a,**k):
    try: r=f(*a,**k); return ('OK',200)
    except ClientError as e: return (e.response['Error']['Code'], e.response['ResponseMetadata']['HTTPStatusCode'])
    except Exception as e: return (type(e).__name__, str(e)[:200])
def chk(name, got, want):
    print('ok  ' if got==want else 'FAIL', name, got if got!=want else '', '' if got==want else 'want %r'%(want,))
B='bucket-one'
s.create_bucket(Bucket=B)
chk('again', err(s.create_bucket,Bucket=B), ('OK',200))
w=c(region_name='eu-west-1')
chk('illegal loc', err(w.create_bucket,Bucket='bucket-eu'), ('IllegalLocationConstraintException',400))
w.create_bucket(Bucket='bucket-eu',CreateBucketConfiguration={'LocationConstraint':'eu-west-1'})
chk('owned', err(w.create_bucket,Bucket='bucket-eu',CreateBucketConfiguration={'LocationConstraint':'eu-west-1'}), ('BucketAlreadyOwnedByYou',409))
chk('location', (s.get_bucket_location(Bucket=B)['LocationConstraint'], s.get_bucket_location(Bucket='bucket-eu')['LocationConstraint']), (None,'eu-west-1'))
chk('badname', err(s.create_bucket,Bucket='Bad_Name'), ('InvalidBucketName',400))
chk('list', [b['Name'] for b in s.list_buckets()['Buckets']], ['bucket-eu',B])
chk('head none', err(s.head_bucket,Bucket='no-such-bucket'), ('404',404))
r=s.put_object(Bucket=B,Key='a/b c+ä&<.txt',Body=b'hello',ContentType='text/plain',Metadata={'x':'y'},Tagging='k=v&l=m',CacheControl='no-cache')
chk('etag', r['ETag'], '"5d41402abc4b2a76b9719d911017c592"')
chk('crc', r.get('ChecksumCRC32'), 'NhCmhg==')
g=s.get_object(Bucket=B,Key='a/b c+ä&<.txt')
chk('get', (g['Body'].read(),g['ContentType'],g['Metadata'],g.get('TagCount'),g['CacheControl'],g.get('ChecksumCRC32')), (b'hello','text/plain',{'x':'y'},2,'no-cache','NhCmhg=='))
chk('tags', s.get_object_tagging(Bucket=B,Key='a/b c+ä&<.txt')['TagSet'], [{'Key':'k','Value':'v'},{'Key':'l','Value':'m'}])
for alg in ['CRC32','CRC32C','CRC64NVME','SHA1','SHA256']:
    got=err(s.put_object,Bucket=B,Key='alg/'+alg,Body=b'hello'*1000,ChecksumAlgorithm=alg)
    if got[0]=='MissingDependencyException': print('skip',alg); continue
    chk('alg '+alg, got, ('OK',200))
    h=s.head_object(Bucket=B,Key='alg/'+alg,ChecksumMode='ENABLED'); chk('alg back '+alg, 'Checksum'+alg in h, True)
chk('sha bad', err(s.put_object,Bucket=B,Key='bad',Body=b'x',ChecksumSHA256=base64.b64encode(b'0'*32).decode()), ('BadDigest',400))
chk('md5 bad', err(s.put_object,Bucket=B,Key='bad',Body=b'x',ContentMD5=base64.b64encode(b'0'*16).decode()), ('BadDigest',400))
chk('md5 no', err(s.put_object,Bucket=B,Key='bad',Body=b'x',ContentMD5='zz'), ('InvalidDigest',400))
chk('bad absent', err(s.get_object,Bucket=B,Key='bad'), ('NoSuchKey',404))
s.put_object(Bucket=B,Key='r',Body=bytes(range(100)))
g=s.get_object(Bucket=B,Key='r',Range='bytes=10-19'); chk('range',(g['Body'].read(),g['ContentRange'],g['ResponseMetadata']['HTTPStatusCode']),(bytes(range(10,20)),'bytes 10-19/100',206))
chk('range bad', err(s.get_object,Bucket=B,Key='r',Range='bytes=100-'), ('InvalidRange',416))
et=s.head_object(Bucket=B,Key='r')['ETag']
chk('ifmatch', err(s.get_object,Bucket=B,Key='r',IfMatch='"x"'), ('PreconditionFailed',412))
chk('ifnone', err(s.get_object,Bucket=B,Key='r',IfNoneMatch=et), ('304',304))
chk('put *', err(s.put_object,Bucket=B,Key='r',Body=b'',IfNoneMatch='*'), ('PreconditionFailed',412))
chk('put ifmatch', err(s.put_object,Bucket=B,Key='r',Body=b'',IfMatch='"x"'), ('PreconditionFailed',412))
chk('put ifmatch none', err(s.put_object,Bucket=B,Key='rr',Body=b'',IfMatch='"x"'), ('NoSuchKey',404))
chk('key long', err(s.put_object,Bucket=B,Key='k'*1025,Body=b''), ('KeyTooLongError',400))
chk('meta long', err(s.put_object,Bucket=B,Key='m',Body=b'',Metadata={'a':'b'*2048}), ('MetadataTooLarge',400))
chk('sse', err(s.put_object,Bucket=B,Key='m',Body=b'',ServerSideEncryption='AES256'), ('NotImplemented',501))
chk('acl', err(s.put_object,Bucket=B,Key='m',Body=b'',ACL='public-read'), ('AccessControlListNotSupported',400))
chk('acl private', err(s.put_object,Bucket=B,Key='m',Body=b'',ACL='private'), ('OK',200))
print(s.get_bucket_acl(Bucket=B)['Grants'][0]['Grantee']['Type'], s.get_object_acl(Bucket=B,Key='m')['Grants'][0]['Permission'])
chk('put acl', err(s.put_bucket_acl,Bucket=B,ACL='private'), ('OK',200))
a=s.get_bucket_acl(Bucket=B); chk('put acl xml', err(s.put_bucket_acl,Bucket=B,AccessControlPolicy={'Grants':a['Grants'],'Owner':a['Owner']}), ('OK',200))
chk('lifecycle', err(s.get_bucket_lifecycle_configuration,Bucket=B), ('NotImplemented',501))
chk('website', err(s.get_bucket_website,Bucket=B), ('NotImplemented',501))
# listing
L='listing-bucket'; s.create_bucket(Bucket=L)
keys=sorted([f'd{i%3}/x{i}' for i in range(30)]+['ä ö+%','z&<>','top'], key=lambda k:k.encode())
for k in keys: s.put_object(Bucket=L,Key=k,Body=b'1')
got=[o['Key'] for p in s.get_paginator('list_objects_v2').paginate(Bucket=L,PaginationConfig={'PageSize':4}) for o in p.get('Contents',[])]
chk('v2', got, keys)
got=[o['Key'] for p in s.get_paginator('list_objects').paginate(Bucket=L,PaginationConfig={'PageSize':4}) for o in p.get('Contents',[])]
chk('v1', got, keys)
r=s.list_objects_v2(Bucket=L,Delimiter='/'); chk('delim',([p['Prefix'] for p in r['CommonPrefixes']],[o['Key'] for o in r['Contents']],r['KeyCount']),(['d0/','d1/','d2/'],['top','z&<>','ä ö+%'],6))
got=[p2['Prefix'] for p in s.get_paginator('list_objects').paginate(Bucket=L,Delimiter='/',PaginationConfig={'PageSize':1}) for p2 in p.get('CommonPrefixes',[])]
chk('v1 delim', got, ['d0/','d1/','d2/'])
chk('maxkeys', err(s.list_objects_v2,Bucket=L,MaxKeys=-1), ('InvalidArgument',400))
chk('notempty', err(s.delete_bucket,Bucket=L), ('BucketNotEmpty',409))
r=s.delete_objects(Bucket=L,Delete={'Objects':[{'Key':k} for k in keys]+[{'Key':'nope'}]}); chk('delmany',(len(r['Deleted']),r.get('Errors')),(len(keys)+1,None))
chk('del bucket', err(s.delete_bucket,Bucket=L), ('OK',200))
# versions
V='versions-bucket'; s.create_bucket(Bucket=V); s.put_bucket_versioning(Bucket=V,VersioningConfiguration={'Status':'Enabled'})
chk('versioning', s.get_bucket_versioning(Bucket=V).get('Status'), 'Enabled')
v1=s.put_object(Bucket=V,Key='k',Body=b'1')['VersionId']; v2=s.put_object(Bucket=V,Key='k',Body=b'2')['VersionId']
d=s.delete_object(Bucket=V,Key='k'); chk('marker', d['DeleteMarker'], True)
try: s.get_object(Bucket=V,Key='k')
except ClientError as e: chk('marker hdr',(e.response['Error']['Code'],e.response['ResponseMetadata']['HTTPHeaders'].get('x-amz-delete-marker')),('NoSuchKey','true'))
chk('marker by id', err(s.get_object,Bucket=V,Key='k',VersionId=d['VersionId']), ('MethodNotAllowed',405))
chk('v1', s.get_object(Bucket=V,Key='k',VersionId=v1)['Body'].read(), b'1')
l=s.list_object_versions(Bucket=V); chk('versions',([v['VersionId'] for v in l['Versions']],[m['VersionId'] for m in l['DeleteMarkers']],l['DeleteMarkers'][0]['IsLatest']),([v2,v1],[d['VersionId']],True))
boto3.resource('s3').Bucket(V).object_versions.delete(); chk('emptied', err(s.delete_bucket,Bucket=V), ('OK',200))
# multipart low level, no algorithm asked
u=s.create_multipart_upload(Bucket=B,Key='mp',Metadata={'m':'1'})['UploadId']
data=os.urandom(5<<20); tail=b'tail'
ps={}
def up(n,b): ps[n]=s.upload_part(Bucket=B,Key='mp',UploadId=u,PartNumber=n,Body=b)
ts=[threading.Thread(target=up,args=(n,b)) for n,b in [(3,tail),(1,data),(2,data)]]
[t.start() for t in ts];[t.join() for t in ts]
chk('parts', [p['PartNumber'] for p in s.list_parts(Bucket=B,Key='mp',UploadId=u)['Parts']], [1,2,3])
chk('uploads', [x['Key'] for x in s.list_multipart_uploads(Bucket=B)['Uploads']], ['mp'])
P=lambda ns:{'Parts':[{'PartNumber':n,'ETag':ps[n]['ETag']} for n in ns]}
cm=lambda ns: err(s.complete_multipart_upload,Bucket=B,Key='mp',UploadId=u,MultipartUpload=P(ns))
chk('order', cm([2,1]), ('InvalidPartOrder',400)); chk('small', err(s.complete_multipart_upload,Bucket=B,Key='mp',UploadId=u,MultipartUpload={'Parts':[{'PartNumber':1,'ETag':'"%s"'%('0'*32)}]}), ('InvalidPart',400))
chk('complete', cm([1,2,3]), ('OK',200)); chk('gone', cm([1]), ('NoSuchUpload',404))
g=s.get_object(Bucket=B,Key='mp'); want=hashlib.md5(b''.join(hashlib.md5(x).digest() for x in (data,data,tail))).hexdigest()+'-3'
chk('mp', (g['Body'].read()==data+data+tail,g['ETag'],g['Metadata']), (True,'"%s"'%want,{'m':'1'}))
h=s.head_object(Bucket=B,Key='mp',PartNumber=3); chk('part head',(h['ContentLength'],h['PartsCount']),(4,3))
u=s.create_multipart_upload(Bucket=B,Key='mq')['UploadId']
ps[1]=s.upload_part(Bucket=B,Key='mq',UploadId=u,PartNumber=1,Body=b'x'); ps[2]=s.upload_part(Bucket=B,Key='mq',UploadId=u,PartNumber=2,Body=b'y')
chk('too small', err(s.complete_multipart_upload,Bucket=B,Key='mq',UploadId=u,MultipartUpload=P([1,2])), ('EntityTooSmall',400))
r=s.upload_part_copy(Bucket=B,Key='mq',UploadId=u,PartNumber=3,CopySource={'Bucket':B,'Key':'mp'},CopySourceRange='bytes=0-99'); chk('part copy', r['CopyPartResult']['ETag'], '"%s"'%hashlib.md5(data[:100]).hexdigest())
chk('abort', err(s.abort_multipart_upload,Bucket=B,Key='mq',UploadId=u), ('OK',200)); chk('abort2', err(s.abort_multipart_upload,Bucket=B,Key='mq',UploadId=u), ('NoSuchUpload',404))
chk('no upload', err(s.list_parts,Bucket=B,Key='mq',UploadId='x'), ('NoSuchUpload',404))
# copy
r=s.copy_object(Bucket=B,Key='cp',CopySource={'Bucket':B,'Key':'a/b c+ä&<.txt'}); chk('copy', (r['CopyObjectResult']['ETag'],s.head_object(Bucket=B,Key='cp')['Metadata']), ('"5d41402abc4b2a76b9719d911017c592"',{'x':'y'}))
chk('copy self', err(s.copy_object,Bucket=B,Key='cp',CopySource={'Bucket':B,'Key':'cp'}), ('InvalidRequest',400))
s.copy_object(Bucket=B,Key='cp',CopySource={'Bucket':B,'Key':'cp'},MetadataDirective='REPLACE',Metadata={'n':'2'}); chk('replace', s.head_object(Bucket=B,Key='cp')['Metadata'], {'n':'2'})
chk('copy none', err(s.copy_object,Bucket=B,Key='cp',CopySource={'Bucket':B,'Key':'nope'}), ('NoSuchKey',404))
chk('copy cond', err(s.copy_object,Bucket=B,Key='cp2',CopySource={'Bucket':B,'Key':'cp'},CopySourceIfNoneMatch='"5d41402abc4b2a76b9719d911017c592"'), ('PreconditionFailed',412))
r=s.get_object_attributes(Bucket=B,Key='mp',ObjectAttributes=['ETag','ObjectSize','Checksum','ObjectParts']); chk('attrs',(r['ETag'],r['ObjectSize'],r['ObjectParts']['TotalPartsCount'],r['Checksum']['ChecksumType']),(want,10485764,3,'FULL_OBJECT'))
# bucket tags/policy
chk('no tags', err(s.get_bucket_tagging,Bucket=B), ('NoSuchTagSet',404))
s.put_bucket_tagging(Bucket=B,Tagging={'TagSet':[{'Key':'a','Value':'b'}]}); chk('btags', s.get_bucket_tagging(Bucket=B)['TagSet'], [{'Key':'a','Value':'b'}]); s.delete_bucket_tagging(Bucket=B)
chk('no policy', err(s.get_bucket_policy,Bucket=B), ('NoSuchBucketPolicy',404))
ep=os.environ['AWS_ENDPOINT_URL']
def http(url,method='GET',data=None,headers={}):
    try:
        r=urllib.request.urlopen(urllib.request.Request(url,method=method,data=data,headers=headers)); return r.status,r.read(),dict(r.headers)
    except urllib.error.HTTPError as e: return e.code,e.read(),dict(e.headers)
chk('anon', http(f'{ep}/{B}/r')[0], 403)
chk('bad policy', err(s.put_bucket_policy,Bucket=B,Policy='{}'), ('MalformedPolicy',400))
pol=json.dumps({'Version':'2012-10-17','Statement':[{'Effect':'Allow','Principal':'*','Action':'s3:GetObject','Resource':f'arn:aws:s3:::{B}/r'}]})
s.put_bucket_policy(Bucket=B,Policy=pol); chk('policy', json.loads(s.get_bucket_policy(Bucket=B)['Policy']), json.loads(pol))
chk('anon ok', http(f'{ep}/{B}/r')[:2], (200,bytes(range(100)))); chk('anon other', http(f'{ep}/{B}/cp')[0], 403); chk('anon missing', http(f'{ep}/{B}/nope')[0], 403)
chk('anon override', http(f'{ep}/{B}/r?response-content-type=a/b')[0], 400)
chk('anon put', http(f'{ep}/{B}/r','PUT',b'x')[0], 403)
# presign
for sv in ['s3v4','s3']:
    p=c(config=Config(signature_version=sv))
    u=p.generate_presigned_url('get_object',Params={'Bucket':B,'Key':'a/b c+ä&<.txt','ResponseContentType':'x/y','ResponseContentDisposition':'attachment; filename="q"'})
    r=http(u); chk('presigned get '+sv,(r[0],r[1],r[2].get('content-type'),r[2].get('content-disposition')),(200,b'hello','x/y','attachment; filename="q"'))
    u=p.generate_presigned_url('put_object',Params={'Bucket':B,'Key':'pre '+sv}); r=http(u,'PUT',b'presigned',{'content-type':''} if sv=='s3' else {}); chk('presigned put '+sv,r[0],200)
    chk('presigned tampered '+sv, http(u.replace('pre%20','prf%20'),'PUT',b'x',{'content-type':''})[0], 403)
# virtual host
import urllib3
pool=urllib3.PoolManager(); r=pool.request('GET',ep+'/r',headers={'Host':B+'.s3.local'}); chk('virtual', (r.status,r.data), (200,bytes(range(100))))
# restricted user
iam=boto3.client('iam');
try: iam.create_user(UserName='reader')
except ClientError: pass
iam.put_user_policy(UserName='reader',PolicyName='p',PolicyDocument=json.dumps({'Version':'2012-10-17','Statement':[{'Effect':'Allow','Action':'s3:GetObject','Resource':f'arn:aws:s3:::{B}/a/*'},{'Effect':'Allow','Action':'s3:DeleteObject','Resource':f'arn:aws:s3:::{B}/tmp/*'}]}))
k=iam.create_access_key(UserName='reader')['AccessKey']
rd=c(aws_access_key_id=k['AccessKeyId'],aws_secret_access_key=k['SecretAccessKey'])
chk('reader ok', err(rd.get_object,Bucket=B,Key='a/b c+ä&<.txt'), ('OK',200)); chk('reader missing hidden', err(rd.get_object,Bucket=B,Key='a/none'), ('AccessDenied',403))
chk('reader no', err(rd.get_object,Bucket=B,Key='cp'), ('AccessDenied',403)); chk('reader list', err(rd.list_objects_v2,Bucket=B), ('AccessDenied',403)); chk('reader buckets', err(rd.list_buckets), ('AccessDenied',403))
chk('reader copy from', err(rd.copy_object,Bucket=B,Key='a/x',CopySource={'Bucket':B,'Key':'cp'}), ('AccessDenied',403))
r=rd.delete_objects(Bucket=B,Delete={'Objects':[{'Key':'tmp/1'},{'Key':'cp'}]}); chk('partial delete',([x['Key'] for x in r['Deleted']],[(x['Key'],x['Code']) for x in r['Errors']]),(['tmp/1'],[('cp','AccessDenied')]))
# http trailer (unsigned chunked) as over TLS is forced by a stream body
st=c(config=Config(request_checksum_calculation='when_required')); chk('no checksum', err(st.put_object,Bucket=B,Key='nc',Body=b'q'), ('OK',200)); chk('crc64 default', s.head_object(Bucket=B,Key='nc',ChecksumMode='ENABLED').get('ChecksumCRC64NVME') is not None, True)
# expected owner
chk('owner', err(s.head_bucket,Bucket=B,ExpectedBucketOwner='000000000000'), ('403',403))
# raw malformed xml
from botocore.auth import S3SigV4Auth; from botocore.awsrequest import AWSRequest
def raw(method,path,data=b'',headers={}):
    rq=AWSRequest(method,ep+path,data=data,headers=headers); S3SigV4Auth(boto3.Session().get_credentials(),'s3','us-east-1').add_auth(rq)
    return http(ep+path,method,data,dict(rq.headers))
chk('malformed', raw('POST',f'/{B}?delete=',b'<Delete><Object>')[0:1], (400,)); print(raw('POST',f'/{B}?delete=',b'<x/>')[1][:120])
chk('notallowed', raw('PATCH',f'/{B}/k')[0], 405)
t=time.time(); n=200
for i in range(n): s.put_object(Bucket=B,Key='speed/%d'%i,Body=b'x'*1000)
print('put 1 kB ms', (time.time()-t)/n*1000); t=time.time()
for i in range(n): s.get_object(Bucket=B,Key='speed/%d'%i)['Body'].read()
print('get 1 kB ms', (time.time()-t)/n*1000)
